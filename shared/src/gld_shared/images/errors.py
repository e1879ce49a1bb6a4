"""The errors that tell callers why an image cannot be decoded."""

from gld_shared.errors import DataError


class MissingImageError(DataError):
    """There is no such file."""


class DamagedImageError(DataError):
    """A file begins as an image does, but is cut short or damaged."""


class AbsurdImageError(DataError):
    """An image has a size or shape that no photograph has, and would fill the memory."""
