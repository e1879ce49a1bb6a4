"""The files of a group are regular files: a folder, pipe or device in their place is named."""

import stat
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.file_kinds import kind_of
from gld_shared.store.layout import RESTORE


def unreadable(file: Path, error: OSError, restore: str = RESTORE) -> DataError:
    """Return the error of a file that cannot be read."""
    return DataError(f"{file}: cannot be read: {error.strerror}; {restore}")


def size_of(file: Path, restore: str = RESTORE) -> int | None:
    """Return a file's length in bytes, None if it is missing. A link to a regular file is one.

    Raises DataError when something else is in its place, which might block or never end.
    """
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(file, error, restore) from error
    if stat.S_ISREG(status.st_mode):
        return status.st_size
    raise DataError(f"{file}: is {kind_of(status.st_mode)}, expected a regular file; {restore}")


def read_regular(file: Path, maximum_bytes: int, restore: str = RESTORE) -> bytes:
    """Read a file whole.

    Raises DataError when it is missing, too long, unreadable, or as ``size_of`` does.
    """
    size = size_of(file, restore)
    if size is None:
        raise DataError(f"{file}: missing; {restore}")
    if size > maximum_bytes:
        raise DataError(f"{file}: {size:,} bytes, expected at most {maximum_bytes:,}; {restore}")
    try:
        return file.read_bytes()
    except OSError as error:
        raise unreadable(file, error, restore) from error
