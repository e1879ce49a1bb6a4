"""Reading regular files, and what to call anything else at a path."""

import stat
from pathlib import Path

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class UnexpectedFileError(ValueError):
    """Something at a path that is no regular file, or is too long; the message names both."""


def read_regular_file(file: Path, maximum_bytes: int) -> bytes:
    """Read a file whole.

    Raises UnexpectedFileError for a pipe or a device, which might block or never end, and for more
    than ``maximum_bytes``; OSError when the file cannot be read.
    """
    status = file.stat()
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise UnexpectedFileError(f"{file}: is {kind_of(status.st_mode)}, expected a regular file")
    if status.st_size > maximum_bytes:
        raise UnexpectedFileError(
            f"{file}: {status.st_size:,} bytes, expected at most {maximum_bytes:,}"
        )
    return file.read_bytes()


def kind_of(mode: int) -> str:
    """Return "a folder", "a named pipe" or the like for the ``st_mode`` of no regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "a special file")
