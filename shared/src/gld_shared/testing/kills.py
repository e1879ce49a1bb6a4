"""Processes that are killed before any step of their work."""

import os
import signal
import sys
import time
from collections.abc import Callable

_SECONDS = 60.0
# Python announces these events before the system does what they name.
_STEPS = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "open", "shutil.rmtree", "os.scandir"}


def killed_before(step: int, work: Callable[[], object]) -> bool:
    """Run ``work`` in a forked child, killed before its step number ``step`` (from 1).

    Steps are the calls that open, make, rename or remove files and folders. Returns whether the
    child was killed; False when it has fewer steps. ``work`` must not use threads that this
    process has started, which the child lacks: AssertionError if it waits for them.
    """
    child = os.fork()
    if not child:
        sys.addaudithook(_killing_at(step))
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(_status_of(child)) == -signal.SIGKILL


def _status_of(child: int) -> int:
    """Wait for a child's end, and return its status."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    fault = f"the child did not end in {_SECONDS:g} seconds"
    raise AssertionError(f"{fault}; does it wait for threads?")


def _killing_at(step: int) -> Callable[[str, object], None]:
    left = step

    def count(event: str, _: object) -> None:
        nonlocal left
        if event in _STEPS:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return count
