"""The time of a process, by task."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

Item = TypeVar("Item")


@dataclass
class Times:
    """Seconds of a process by task, added up over its threads.

    ``threads`` is the number of decoding threads, ``streams`` of those that run the network. Any
    thread may call the methods.
    """

    threads: int
    streams: int = 1
    images: int = 0
    network: float = 0.0
    waiting: float = 0.0
    writing: float = 0.0
    decoding: float = 0.0
    started: float = field(default_factory=time.perf_counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def spent_on(self, task: str) -> Iterator[None]:
        """Add the seconds of a block to ``network``, ``waiting``, ``writing`` or ``decoding``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - started
            with self._lock:
                setattr(self, task, getattr(self, task) + seconds)

    def waiting_for(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items, and count the time until each arrives as waiting."""
        rest = iter(items)
        while True:
            with self.spent_on("waiting"):
                item = next(rest, None)
            if item is None:
                return
            yield item

    def now(self) -> str:
        """Return the rate, and the load of the network and the decoding threads."""
        elapsed = self._elapsed
        return (
            f"{self.images / elapsed:.1f} images/s, "
            f"network {self.network / elapsed / self.streams:.0%}, "
            f"decoding {self.decoding / elapsed / max(self.threads, 1):.0%}"
        )

    def summary(self) -> str:
        """Return one line for the end of the work."""
        elapsed = self._elapsed
        shares = ", ".join(
            f"{name} {seconds:.1f} s ({seconds / elapsed:.0%})"
            for name, seconds in (
                ("network", self.network / self.streams),
                ("waiting for images", self.waiting),
                ("writing", self.writing),
            )
        )
        busy = self.decoding / elapsed / max(self.threads, 1)
        return (
            f"{self.images} images in {elapsed:.1f} s, {self.images / elapsed:.1f} "
            f"images/s: {shares}; {self.threads} decoding threads {busy:.0%} busy"
        )

    @property
    def _elapsed(self) -> float:
        """Seconds since the start."""
        return max(time.perf_counter() - self.started, 1e-9)
