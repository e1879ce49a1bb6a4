"""Reading image files from a disk: regular files of a size that images have."""

import errno
import os
import stat
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.file_kinds import kind_of
from gld_shared.images.errors import MissingImageError

MAX_BYTES = 10**9


def read_image_file(path: Path) -> bytes:
    """Read a file's bytes, at most 1 GB. Raises DataError naming the file; it never waits.

    A file that does not exist is a MissingImageError. What is not a regular file, such as a named
    pipe or a device, is not read.
    """
    try:
        return _read(path)
    except FileNotFoundError as error:
        raise MissingImageError(f"{path}: cannot be read: {error.strerror}") from error
    except OSError as error:
        reason = _refusal_of(path) if error.errno == errno.ENXIO else ""
        raise DataError(f"{path}: {reason or f'cannot be read: {error.strerror}'}") from error


def refuse_too_large(size: int) -> None:
    """Raise DataError, which names no file, for a size in bytes that no image has."""
    if size > MAX_BYTES:
        raise DataError(
            f"more than {MAX_BYTES // 10**6} MB, expected an image file; make it smaller or leave "
            "it out"
        )


def _read(path: Path) -> bytes:
    # Without O_NONBLOCK, to open a named pipe waits for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    # A folder is an error of ``open``.
    with open(descriptor, "rb") as stream:  # noqa: PTH123
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{path}: {_expected_regular(status)}")
        try:
            refuse_too_large(status.st_size)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error
        return stream.read(status.st_size)


def _refusal_of(path: Path) -> str:
    try:
        return _expected_regular(path.stat())
    except OSError:
        return ""


def _expected_regular(status: os.stat_result) -> str:
    return f"{kind_of(status.st_mode)}, expected a regular file"
