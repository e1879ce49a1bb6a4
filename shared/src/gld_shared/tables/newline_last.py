"""Text whose last newline is written when all of it is there, so that a reader sees a cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


class NewlineLast:
    """A stream that holds the newline at the end of each write back until the next one."""

    def __init__(self, stream: BinaryIO) -> None:
        """Use ``newline_last``."""
        self._stream, self._held = stream, b""

    def write(self, text: bytes | memoryview) -> int:
        """Write text, but for a newline at its end."""
        if text:
            self.finish()
            self._held = b"\n" if text[-1:] == b"\n" else b""
            self._stream.write(text[: len(text) - len(self._held)])
        return len(text)

    def finish(self) -> None:
        """Write the last newline."""
        self._stream.write(self._held)


@contextmanager
def newline_last(stream: BinaryIO) -> Iterator[NewlineLast]:
    """Write text through ``stream`` without its last newline, which follows if the block succeeds.

    Standard output cannot be taken back. A writer that fails leaves a text without a newline at its
    end there, which readers of tables refuse as cut short, also in a shell without ``pipefail``.
    """
    held = NewlineLast(stream)
    yield held
    held.finish()
