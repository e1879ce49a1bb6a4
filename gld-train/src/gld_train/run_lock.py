"""The lock of a run folder, so that one run at a time works on an output."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.errors import DataError

log = logging.getLogger(__name__)


@contextmanager
def locked(folder: Path, output: Path) -> Iterator[None]:
    """Make the run folder of ``output``, and keep other processes out of it for the block.

    Raises DataError if another process is in it. The lock is a POSIX lock, also over a network file
    system: the operating system releases it when the process dies, and worker processes do not
    inherit it. On a file system without locks a warning says that other runs are not noticed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a")
    except OSError as error:
        raise DataError(f"{folder}: cannot be made: {error.strerror}") from error
    with file as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:  # POSIX allows both
            raise DataError(
                f"{output}: another process is training it; wait until it ends, or choose another "
                "output"
            ) from error
        except OSError as error:
            log.warning(
                "%s: cannot be locked (%s); make sure that no other run has the output %s",
                file.name,
                error.strerror,
                output,
            )
        yield
