"""Images in local tar archives."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from gld_shared.file_kinds import kind_of
from gld_shared.images.sources.base import SourceError
from gld_shared.images.sources.tars.index import TarIndex
from gld_shared.images.sources.tars.table_cache import Archive, members_of


class LocalTars:
    """One or more local ``.tar`` files; see ``Source``. Memory: the index."""

    def __init__(self, files: Sequence[Path], work: Path) -> None:
        """Index the archives, or use the index in the folder ``work``.

        Raises SourceError for an archive that is missing or broken.
        """
        self._files = [file.absolute() for file in files]
        archives = [_archive(file) for file in self._files]
        self._marks = [archive.mark for archive in archives]
        tables = members_of(archives, work)
        self._index = TarIndex([str(file) for file in self._files], tables)

    def expect(self, paths: list[str]) -> None:
        """Do nothing: the decoding threads already read ahead of the network."""

    def read(self, path: str) -> bytes:
        """Return the member's bytes."""
        place = self._index.place_of(path)
        try:
            # Open it each time: a process may not keep as many files open as there are archives.
            descriptor = os.open(self._files[place.tar], os.O_RDONLY)
            try:
                is_same = _mark_of(os.fstat(descriptor)) == self._marks[place.tar]
                data = os.pread(descriptor, place.size, place.start)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SourceError(f"{self.name_of(path)}: cannot be read: {error.strerror}") from error
        if not is_same or len(data) != place.size:
            raise SourceError(
                f"{self.name_of(path)}: the archive has changed since it was indexed; "
                "let nothing write to it, and run the command again"
            )
        return data

    def name_of(self, path: str) -> str:
        """Return the archive and the path."""
        return self._index.name_of(path)

    def close(self) -> None:
        """Do nothing."""


def _archive(file: Path) -> Archive:
    try:
        status = file.stat()
    except OSError as error:
        raise SourceError(f"{file}: cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):  # to open a named pipe waits for a writer
        raise SourceError(f"{file}: {kind_of(status.st_mode)}, expected a regular file")
    return Archive(str(file), status.st_size, _mark_of(status), lambda: file.open("rb"))


def _mark_of(status: os.stat_result) -> str:
    """Return what tells an archive from another version of it, under the same name."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"
