"""Where images come from: the bytes of a path of the list."""

from pathlib import Path
from typing import Protocol

from gld_shared.errors import DataError


class Source(Protocol):
    """Images by the paths that the list gives. Its methods may be called by several threads."""

    def expect(self, paths: list[str]) -> None:
        """Hear which paths will be read next, in this order; what is far away is read ahead."""

    def read(self, path: str) -> bytes:
        """An image file's bytes. Raises DataError naming the file."""

    def name_of(self, path: str) -> str:
        """How messages call the image."""


class Folder:
    """A tree of image files."""

    def __init__(self, folder: Path) -> None:
        """Raise DataError when there is no such folder."""
        if not folder.is_dir():
            raise DataError(
                f"{folder}: not a folder; expected the one that the list's paths begin in"
            )
        self._folder = folder

    def expect(self, paths: list[str]) -> None:
        """Do nothing: the decoding threads read ahead of the network as it is."""

    def read(self, path: str) -> bytes:
        """The file's bytes."""
        file = self._folder / path
        try:
            return file.read_bytes()
        except OSError as error:
            raise DataError(f"{file}: cannot be read: {error.strerror}") from error

    def name_of(self, path: str) -> str:
        """The file's path."""
        return str(self._folder / path)


def open_source(images: str) -> Source:
    """The source that ``--images`` names. Raises DataError when there is none."""
    return Folder(Path(images))
