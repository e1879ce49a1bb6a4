"""Child processes: their share of the cores, and their end."""

import errno
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process

from gld_shared.errors import DataError

_NO_SEMAPHORES = (errno.ENOSPC, errno.ENOENT, errno.EACCES, errno.EROFS, errno.ENOSYS)


def share_cores(processes: int) -> None:
    """Divide the cores among processes about to be started, unless OMP_NUM_THREADS is set.

    A process reads the variable when it starts. More threads than cores would wait for each other.
    """
    share = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(share))


def leave_end_to_parent() -> None:
    """Make this process ignore what a terminal sends to all its processes, and end with its parent.

    The parent ends its children at Ctrl-C and when the terminal closes. When the parent is killed,
    this process exits.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


@contextmanager
def no_semaphores_as_error(alternative: str) -> Iterator[None]:
    """Raise DataError if the block finds no room for semaphores, files of 32 bytes in /dev/shm.

    ``alternative`` is what a user can do without them.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_SEMAPHORES:
            raise
        raise DataError(
            f"/dev/shm: no room for the semaphores of several processes: {error.strerror}; make "
            f"room there, or {alternative}"
        ) from None  # the remedy of a full disk would follow


def exit_name(code: int) -> str:
    """Return the name of the signal that ended a process, or its exit code."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _wait_for_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
