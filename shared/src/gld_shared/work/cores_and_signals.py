"""Child processes: their share of the cores, their signals, and their exit."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import parent_process
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any] | int | None


def share_cores(processes: int) -> None:
    """Divide the cores among processes about to be started, unless OMP_NUM_THREADS is set.

    A process reads the variable when it starts. More threads than cores would wait for each other.
    """
    share = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(share))


@contextmanager
def handling(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """Install other signal handlers within a block."""
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_with_parent() -> None:
    """Make this process exit when its parent ends, for whatever reason."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def exit_name(code: int) -> str:
    """Return the name of the signal that ended a process, or its exit code."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _wait_for_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
