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
        """Write what is held and more text, which does not end with a newline; see ``_pieces``."""
        if self._at_once is None:
            self._stream.write(self._held)
            self._stream.write(text)
            return
        # The newline that was held is no piece by itself, after which nothing would be missing.
        first = self._at_once - 1
        first -= text[first - 1 : first] == _NEWLINE
        self._piece(self._held + bytes(text[:first]))
        for start, end in _pieces(text, first, self._at_once):
            self._piece(text[start:end])

    def _piece(self, piece: bytes | memoryview) -> None:
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


def _pieces(text: bytes | memoryview, start: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield where the pieces of a text from ``start`` on start and end, ``most`` bytes at most.

    No piece ends with a newline, unless the line after it is empty.
    """
    while start < len(text):
        end = min(start + most, len(text))
        if end - start > 1 and text[end - 1 : end] == _NEWLINE:
            end -= 1
        yield start, end
        start = end


def _is_pipe(stream: BinaryIO) -> bool:
    with suppress(OSError, AttributeError):  # compressed text, or a stream in memory
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    return False
