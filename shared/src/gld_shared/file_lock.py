"""The lock of a file, held by one process at a time.

It is for an output that one process makes alone: another one is refused. Processes that make an
output together lock numbers instead (``work.claims``), because one file for each unit would be too
many. What has a hidden name is locked by ``unfinished_names``.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from gld_shared.errors import DataError

log = logging.getLogger(__name__)


@contextmanager
def locked(file: Path, busy: str) -> Iterator[None]:
    """Hold the lock of a file for the block; the file is made for that, and removed afterwards.

    A file that is not empty is somebody else's, and kept. Raises DataError with the message
    ``busy`` if another process holds it, and OSError if the file cannot be opened. The lock is a
    POSIX lock, also over a network file system: the operating system releases it when the process
    dies, and child processes do not inherit it. On a file system without locks a warning says that
    other processes are not noticed.
    """
    with _opened_and_locked(file, busy) as stream:
        try:
            yield
        finally:
            # While the lock is held: a process that waits for it finds the file removed, and opens
            # a new one. A folder that cannot be written any more keeps the file.
            with suppress(OSError):
                if not os.fstat(stream.fileno()).st_size:
                    file.unlink()


def _opened_and_locked(file: Path, busy: str) -> IO[bytes]:
    while True:
        stream = file.open("ab", buffering=0)
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:  # POSIX allows both
            stream.close()
            raise DataError(busy) from error
        except OSError as error:
            log.warning(
                "%s: cannot be locked (%s); make sure that no other process works there",
                file,
                error.strerror,
            )
            return stream
        if _is_at(stream, file):
            return stream
        stream.close()


def _is_at(stream: IO[bytes], file: Path) -> bool:
    """Return whether an open file still has its name: the last process may have removed it."""
    # Not by ``os.path.samestat``: an exception in functions other than those of this file and of
    # pathlib, which wait for it (see ``critical_frames``), would leave the file.
    opened = os.fstat(stream.fileno())
    try:
        named = file.stat()
    except FileNotFoundError:
        return False
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
