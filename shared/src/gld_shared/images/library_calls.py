"""Calls into image libraries, which raise any exception on malformed files."""

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import UnidentifiedImageError

from gld_shared.errors import DataError
from gld_shared.out_of_memory import is_out_of_memory


class MalformedError(Exception):
    """A library cannot read a file; the message is its reason, on one line."""


class UnknownFormatError(MalformedError):
    """A file is in no format that the library knows."""


@contextmanager
def library_call() -> Iterator[None]:
    """Raise MalformedError for any exception of a library in the block, MemoryError excepted.

    The block holds calls into the library and no code of gld, whose faults would be hidden.
    """
    try:
        yield
    except (DataError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise UnknownFormatError(_reason(error)) from error
    except Exception as error:
        if is_out_of_memory(error) or "Insufficient memory" in str(error):  # OpenCV's own words
            raise MemoryError(_reason(error)) from error
        raise MalformedError(_reason(error)) from error


def _reason(error: Exception) -> str:
    # Messages of some decoders have several lines, an assertion's has none.
    return " ".join(str(error).split()) or type(error).__name__
