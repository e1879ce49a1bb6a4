"""Where the time of a process goes."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

Item = TypeVar("Item")
# Hears how many more images are done, and what to show beside; None shows the rate.
Advance = Callable[[int, str | None], object]


@dataclass
class Times:
    """Seconds of the main thread, by what it did, and of the decoding threads together.

    ``threads`` is their number.
    """

    threads: int
    images: int = 0
    network: float = 0.0
    waiting: float = 0.0
    writing: float = 0.0
    decoding: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    @contextmanager
    def spent_on(self, what: str) -> Iterator[None]:
        """Add the seconds of a block to ``network``, ``waiting`` or ``writing``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            setattr(self, what, getattr(self, what) + time.perf_counter() - started)

    def waited_for(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, the time until each of them counted as waiting."""
        rest = iter(items)
        while True:
            with self.spent_on("waiting"):
                item = next(rest, None)
            if item is None:
                return
            yield item

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return max(time.perf_counter() - self.started, 1e-9)

    def now(self) -> str:
        """The rate, and how busy network and decoding threads are."""
        network, decoding = self.network / self.elapsed, self.decoding / self.elapsed
        return (
            f"{self.images / self.elapsed:.1f} images/s, network {network:.0%}, "
            f"decoding {decoding / max(self.threads, 1):.0%}"
        )

    def summary(self) -> str:
        """One line at the end."""
        shares = ", ".join(
            f"{name} {seconds:.1f} s ({seconds / self.elapsed:.0%})"
            for name, seconds in (
                ("network", self.network),
                ("waiting for images", self.waiting),
                ("writing", self.writing),
            )
        )
        busy = self.decoding / self.elapsed / max(self.threads, 1)
        return (
            f"{self.images} images in {self.elapsed:.1f} s, {self.images / self.elapsed:.1f} "
            f"images/s: {shares}; {self.threads} decoding threads {busy:.0%} busy"
        )
