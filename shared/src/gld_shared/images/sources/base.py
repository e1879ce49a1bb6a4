"""The interface of every source of images."""

from typing import Protocol

from gld_shared.errors import DataError


class SourceError(DataError):
    """A failure of the source itself, such as a network or an archive.

    No image is to blame, so the run ends even if unreadable images are skipped.
    """


class Source(Protocol):
    """Images, read by their paths in a list. Several threads may call the methods."""

    def expect(self, paths: list[str]) -> None:
        """Announce the next paths to be read, in order; remote sources read them ahead."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises DataError naming the image, SourceError naming the source.

        A path need not be announced.
        """

    def name_of(self, path: str) -> str:
        """Return the name of an image for messages."""

    def close(self) -> None:
        """Cancel the read-ahead."""
