"""Standard input and output as streams of bytes, of which nothing is lost on the way."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

from gld_shared.errors import DataError


def standard_input() -> BinaryIO:
    """Return standard input. A read waits for data, where a non-blocking pipe would seem to end."""
    _wait_for(sys.stdin)
    return sys.stdin.buffer


@contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Open standard output. A write waits for a slow reader, and raises OSError on a full disk."""
    if not hasattr(sys.stdout, "buffer"):
        raise DataError("standard output: takes text only, as in a notebook; write to a file (-o)")
    _wait_for(sys.stdout)
    stream = sys.stdout.buffer
    if isinstance(stream, io.RawIOBase):
        # Unbuffered (PYTHONUNBUFFERED): a write may take a part of its bytes, and no error says so.
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as buffered:
            yield buffered
        return
    yield stream
    stream.flush()


def _wait_for(stream: TextIO) -> None:
    """Make a stream wait, which the process at a pipe's other end may have changed."""
    with suppress(io.UnsupportedOperation):  # a stream in memory
        os.set_blocking(stream.fileno(), True)
