"""Processes that are killed before any step of their work."""

import os
import signal
import sys
from collections.abc import Callable

# Python announces these events before the system does what they name.
_STEPS = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "open", "shutil.rmtree", "os.scandir"}


def killed_before(step: int, work: Callable[[], object]) -> bool:
    """Run ``work`` in a forked child, killed before its step number ``step`` (from 1).

    Steps are the calls that open, make, rename or remove files and folders. Returns whether the
    child was killed; False when it has fewer steps. ``work`` must not use threads.
    """
    child = os.fork()
    if not child:
        sys.addaudithook(_killing_at(step))
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _killing_at(step: int) -> Callable[[str, object], None]:
    left = step

    def count(event: str, _: object) -> None:
        nonlocal left
        if event in _STEPS:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return count
