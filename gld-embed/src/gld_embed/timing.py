"""The time of a process that embeds images, by task."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from gld_shared.timing import Times

Item = TypeVar("Item")


class EmbeddingTimes(Times):
    """Seconds by task: ``network``, ``waiting``, ``writing`` and ``decoding``.

    ``threads`` is the number of decoding threads, ``streams`` of those that run the network;
    ``images`` counts those that are done.
    """

    def __init__(self, threads: int, streams: int = 1) -> None:
        """Start now, with no image done."""
        super().__init__()
        self.threads, self.streams, self.images = threads, streams, 0

    def waiting_for(self, items: Iterable[Item], task: str = "waiting") -> Iterator[Item]:
        """Yield the items, and count the time until each arrives as waiting."""
        return super().waiting_for(items, task)

    def now(self) -> str:
        """Return the rate, and the load of the network and the decoding threads."""
        elapsed = self.elapsed
        return (
            f"{self.images / elapsed:.1f} images/s, "
            f"network {self.of('network') / elapsed / self.streams:.0%}, "
            f"decoding {self.of('decoding') / elapsed / max(self.threads, 1):.0%}"
        )

    def summary(self) -> str:
        """Return one line for the end of the work."""
        elapsed = self.elapsed
        shares = ", ".join(
            f"{name} {seconds:.1f} s ({seconds / elapsed:.0%})"
            for name, seconds in (
                ("network", self.of("network") / self.streams),
                ("waiting for images", self.of("waiting")),
                ("writing", self.of("writing")),
            )
        )
        busy = self.of("decoding") / elapsed / max(self.threads, 1)
        return (
            f"{self.images} images in {elapsed:.1f} s, {self.images / elapsed:.1f} "
            f"images/s: {shares}; {self.threads} decoding threads {busy:.0%} busy"
        )
