"""What every source of images does."""

from typing import Protocol

from gld_shared.errors import DataError


class SourceError(DataError):
    """The source itself fails, as a network or an archive does.

    No image is to blame, so the run ends, also where unreadable images are left out.
    """


class Source(Protocol):
    """Images by the paths that the list gives. Its methods may be called by several threads."""

    def expect(self, paths: list[str]) -> None:
        """Hear which paths will be read next, in this order; what is far away is read ahead."""

    def read(self, path: str) -> bytes:
        """An image file's bytes. Raises DataError naming the image, SourceError naming the source.

        What was not expected can be read as well.
        """

    def name_of(self, path: str) -> str:
        """How messages call the image."""

    def close(self) -> None:
        """Give up what is being read ahead."""
