"""The time of a process, by task."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


class Times:
    """Seconds of a process by task, added up over its threads. Any thread may call the methods."""

    def __init__(self) -> None:
        """Start now."""
        self._started = time.perf_counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    @contextmanager
    def spent_on(self, task: str) -> Iterator[None]:
        """Add the seconds of a block to a task."""
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            with self._lock:
                self._seconds[task] += seconds

    def waiting_for(self, items: Iterable[Item], task: str) -> Iterator[Item]:
        """Yield the items; the time until each arrives belongs to the task."""
        rest = iter(items)
        while True:
            with self.spent_on(task):
                item = next(rest, None)
            if item is None:
                return
            yield item

    def until_next(self, items: Iterable[Item], task: str) -> Iterator[Item]:
        """Yield the items; the time until the next is asked for belongs to the task."""
        for item in items:
            with self.spent_on(task):
                yield item

    def of(self, task: str) -> float:
        """Return the seconds of a task."""
        return self._seconds.get(task, 0.0)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return max(time.perf_counter() - self._started, 1e-9)

    def __str__(self) -> str:
        """Return each task's seconds, in the order in which tasks ended first."""
        return ", ".join(f"{task} {seconds:.1f} s" for task, seconds in self._seconds.items())
