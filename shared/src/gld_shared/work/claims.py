"""Claims on numbers, among processes that share a folder and nothing else.

One file holds the locks of all units and, unlike ``file_lock``, a shared lock of each process that
works, so that the last one knows to remove it.
"""

import fcntl
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)
# Names of files of claims end so, such as ``tar-claims``.
CLAIMS = "claims"
# Each process holds a shared lock on this number for as long as it works.
_SHARED = 1 << 40
# The number that stands for the right to begin or finish the output, which no unit has.
FINISH = _SHARED + 1


class Claims:
    """Numbers, each held by at most one process at a time.

    A claim on a number is a POSIX lock on that byte of one file, also over a network file system:
    when a process dies, the operating system releases its locks. POSIX locks are per process:
    within a process, open one ``Claims`` of a file at a time.

    On a file system without locks every claim is granted, with one warning: work may then be done
    twice, which only wastes time.
    """

    def __init__(self, file: Path) -> None:
        """Open the file, which is created if it is missing."""
        self._file = file
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        self.has_locks = self._try_lock()

    def _try_lock(self) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_SH, 1, _SHARED)
        except OSError as error:
            log.warning(
                "%s: cannot be locked (%s), so several processes may do some of the work twice",
                self._file,
                error.strerror,
            )
            return False
        return True

    def take(self, number: int, wait: bool = False) -> bool:
        """Claim a number; return False if another process holds it, unless ``wait`` is set."""
        if not self.has_locks:
            return True
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, number)
        except (BlockingIOError, PermissionError):  # POSIX allows both
            return False
        return True

    def end_sharing(self) -> bool:
        """Work no longer with the other processes; return whether this one was the last.

        If so, no other process can open the file until this object is closed. Of processes that end
        at once, one is the last, because each gives its own lock up first. Without locks this
        cannot be known, and the answer is False.
        """
        if not self.has_locks:
            return False
        self.give_back(_SHARED)
        # The last process may have removed the file: then another one may work on a new file.
        return self.take(_SHARED) and self.are_current()

    def are_current(self) -> bool:
        """Return whether the open file still has its name: processes may have removed it since."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._file.stat())
        except FileNotFoundError:
            return False

    def give_back(self, number: int) -> None:
        """Let other processes claim a number again."""
        if self.has_locks:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, number)

    def close(self) -> None:
        """Give all numbers back."""
        os.close(self._descriptor)
