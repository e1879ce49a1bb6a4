"""Who does what, among processes that share a folder and nothing else."""

import fcntl
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)
# Each process holds this one, together with the others, for as long as it is at work.
_SHARED = 1 << 40


class Claims:
    """Numbers, each held by at most one process at a time.

    A number is a byte of one file, locked through POSIX, also over a network file system: when its
    process dies, the operating system gives it back. Locks belong to the process: within one,
    open one ``Claims`` of a file at a time.

    Where the file system has no locks, every claim is granted, with one warning: work may then be
    done twice, which wastes time and does no harm.
    """

    def __init__(self, file: Path) -> None:
        """Open the file, making it where it is missing."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        self.has_locks = self._try_lock(file)

    def _try_lock(self, file: Path) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_SH, 1, _SHARED)
        except OSError as error:
            log.warning(
                "%s: cannot be locked (%s), so several processes may do some of the work twice",
                file,
                error.strerror,
            )
            return False
        return True

    def take(self, number: int, wait: bool = False) -> bool:
        """Claim a number; False when another process holds it, unless it is to be waited for."""
        if not self.has_locks:
            return True
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, number)
        except (BlockingIOError, PermissionError):  # POSIX allows both
            return False
        return True

    def are_nobody_elses(self) -> bool:
        """Whether no other process has claims of this file; until these are closed, none gets any.

        False where that cannot be known.
        """
        return self.has_locks and self.take(_SHARED)

    def give_back(self, number: int) -> None:
        """Let others claim a number again."""
        if self.has_locks:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, number)

    def close(self) -> None:
        """Give all of them back."""
        os.close(self._descriptor)
