"""A local folder of image files."""

from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.images.read_file import read_image_file


class Folder:
    """A local folder; see ``Source``."""

    def __init__(self, folder: Path) -> None:
        """Raise DataError when there is no such folder."""
        if not folder.is_dir():
            raise DataError(
                f"{folder}: not a folder; expected the folder that the list's paths "
                "are relative to, a .tar, or a URL of either"
            )
        self._folder = folder

    def expect(self, paths: list[str]) -> None:
        """Do nothing: the decoding threads already read ahead of the network."""

    def read(self, path: str) -> bytes:
        """Return the file's bytes."""
        return read_image_file(self._folder / path)

    def name_of(self, path: str) -> str:
        """Return the file's path."""
        return str(self._folder / path)

    def close(self) -> None:
        """Do nothing."""
