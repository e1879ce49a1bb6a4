"""The lock of a file, held by one process at a time."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.errors import DataError

log = logging.getLogger(__name__)


@contextmanager
def locked(file: Path, busy: str) -> Iterator[None]:
    """Hold the lock of a file, which is created if it is missing, for the block.

    Raises DataError with the message ``busy`` if another process holds it, and OSError if the file
    cannot be opened. The lock is a POSIX lock, also over a network file system: the operating
    system releases it when the process dies, and child processes do not inherit it. On a file
    system without locks a warning says that other processes are not noticed.
    """
    with file.open("a") as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:  # POSIX allows both
            raise DataError(busy) from error
        except OSError as error:
            log.warning(
                "%s: cannot be locked (%s); make sure that no other process works there",
                file,
                error.strerror,
            )
        yield
