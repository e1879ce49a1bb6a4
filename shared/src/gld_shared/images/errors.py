"""The errors that tell callers why an image cannot be decoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.errors import DataError


class MissingImageError(DataError):
    """There is no such file."""


class DamagedImageError(DataError):
    """A file begins as an image does, but is cut short or damaged."""


class AbsurdImageError(DataError):
    """An image has a size or shape that no photograph has, and would fill the memory."""


@contextmanager
def errors_of(path: str | Path) -> Iterator[None]:
    """Let the errors of the block, which name no file, begin with the name of one."""
    try:
        yield
    except DataError as error:
        raise type(error)(f"{path}: {error}") from error
