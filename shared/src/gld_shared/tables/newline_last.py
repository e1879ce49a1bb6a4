"""Text whose last newline is written when all of it is there, so that a reader sees a cut."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import PIPE_BUF
from typing import BinaryIO

_NEWLINE = b"\n"


class NewlineLast:
    """A stream that holds the newline at the end of each write back until the next one."""

    def __init__(self, stream: BinaryIO, at_once: int | None = None) -> None:
        """Use ``newline_last``."""
        self._stream, self._at_once, self._held = stream, at_once, b""

    def write(self, text: bytes | memoryview) -> int:
        """Write text, but for a newline at its end."""
        if text:
            ends = text[-1:] == _NEWLINE
            self._write(text[: len(text) - ends])
            self._held = _NEWLINE * ends
        return len(text)

    def finish(self) -> None:
        """Write the last newline."""
        self._stream.write(self._held)

    def _write(self, text: bytes | memoryview) -> None:
        """Write what is held and more text, which does not end with a newline."""
        if self._at_once is None:
            self._stream.write(self._held)
            self._stream.write(text)
            return
        # Joined: nothing would seem to be missing after a newline by itself.
        for piece in _pieces(memoryview(self._held + text), self._at_once):
            self._stream.write(piece)
            self._stream.flush()


@contextmanager
def newline_last(stream: BinaryIO) -> Iterator[NewlineLast]:
    """Write text through ``stream`` without its last newline, which follows if the block succeeds.

    Standard output cannot be taken back. A writer that fails leaves a text without a newline at its
    end there, which readers of tables refuse as cut short, also in a shell without ``pipefail``. So
    does one that is killed: a pipe takes up to PIPE_BUF bytes whole or not at all (POSIX, write),
    and so many are written at once, none of which ends with a newline.
    """
    held = NewlineLast(stream, PIPE_BUF if _is_pipe(stream) else None)
    yield held
    held.finish()


def _pieces(text: memoryview, most: int) -> Iterator[memoryview]:
    """Yield a text in pieces of at most ``most`` bytes, none of which ends with a newline.

    Lines are not empty, and the text itself does not end with a newline.
    """
    start = 0
    while start < len(text):
        end = min(start + most, len(text))
        if end - start > 1 and text[end - 1 : end] == _NEWLINE:
            end -= 1
        yield text[start:end]
        start = end


def _is_pipe(stream: BinaryIO) -> bool:
    with suppress(OSError, AttributeError):  # compressed text, or a stream in memory
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    return False
