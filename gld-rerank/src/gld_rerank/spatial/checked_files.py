"""Many small files in a folder, one for each row, that show when they are not what was written."""

import errno
from pathlib import Path

import google_crc32c
from gld_shared.errors import DataError
from gld_shared.file_kinds import UnexpectedFileError, read_regular_file
from gld_shared.files import atomic_file
from gld_shared.store.checksums import stored_checksum

_CHECKSUM_BYTES = 4
_FILES_PER_FOLDER = 1000
# Far more than the keypoints of an image, or the inliers of a query, have.
_MAXIMUM_BYTES = 256 << 20


class DamagedFileError(Exception):
    """A file that is not what was written for its row, in these settings."""


class CheckedFiles:
    """Files by row, below ``folder``. Any number of processes may write and read them.

    The checksum at the end of a file also covers its row and ``settings_digest``, so that a file of
    another row, or of other settings, counts as damaged.
    """

    def __init__(self, folder: Path, settings_digest: str) -> None:
        """Touch nothing yet."""
        self.folder = folder
        self._settings_digest = settings_digest

    def file(self, row: int, suffix: str = "") -> Path:
        """Return the file of a row."""
        return self.folder / str(row // _FILES_PER_FOLDER) / f"{row}{suffix}"

    def has(self, row: int) -> bool:
        """Return whether a row has a file, damaged or not."""
        return self.file(row).is_file()

    def read(self, row: int) -> bytes:
        """Return what was written for a row.

        Raises FileNotFoundError without a file, DamagedFileError for a damaged one, and DataError
        when it cannot be read.
        """
        file = self.file(row)
        try:
            data = read_regular_file(file, _MAXIMUM_BYTES)
        except FileNotFoundError:
            raise
        except UnexpectedFileError as error:
            raise DamagedFileError from error
        except OSError as error:
            if error.errno in (errno.EISDIR, errno.ENOTDIR):
                raise DamagedFileError from error
            raise DataError(f"{file}: cannot be read: {error.strerror}") from error
        body, end = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
        if end != self._checksum(row, body):
            raise DamagedFileError
        return body

    def stored_checksum(self, row: int) -> bytes:
        """Return the checksum at the end of a row's file, which may be damaged; empty without one.

        Raises DataError when it cannot be read.
        """
        return stored_checksum(self.file(row)) if self.has(row) else b""

    def write(self, row: int, body: bytes) -> None:
        """Write a row's file, whole or not at all. Raises DataError when it cannot be written."""
        file = self.file(row)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(file) as stream:
                stream.write(body)
                stream.write(self._checksum(row, body))
        except OSError as error:
            raise DataError(
                f"{file}: cannot be written: {error.strerror}; what is written is kept, and the "
                "same command resumes from there"
            ) from error

    def _checksum(self, row: int, body: bytes) -> bytes:
        bound = google_crc32c.extend(google_crc32c.value(body), self._binding(row))
        return int(bound).to_bytes(_CHECKSUM_BYTES, "little")

    def _binding(self, row: int) -> bytes:
        return f"{self._settings_digest} {row}".encode()
