"""The child processes of a command: which there are, and that they end."""

import time
from collections.abc import Iterable
from pathlib import Path

_SECONDS = 20.0


def children_of(process: int) -> list[int]:
    """Return the ids of all child processes of a process."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in text.split()]


def spawned_by(process: int) -> list[int]:
    """Return the ids of the child processes that do the work, without Python's resource tracker."""
    return [
        child
        for child in children_of(process)
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def wait_for_end(processes: Iterable[int]) -> None:
    """Wait until processes, which need not be children of this one, have ended."""
    limit = time.monotonic() + _SECONDS
    while any(_is_running(process) for process in processes):
        assert time.monotonic() < limit, "a process still runs"
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
