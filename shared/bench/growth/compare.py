"""`make bench-check`: the ratios of a fresh run beside those that were kept."""

from collections.abc import Iterator
from dataclasses import dataclass

from measure import LIMIT, OURS, PLAIN

from growth.results import Results

MOST_FALL = 0.2
# Against a limit ten times as fast, noise in its few milliseconds decides.
LEAST_RATIO = 0.1


@dataclass(frozen=True)
class Change:
    """How many times as fast as another way ours was, and is."""

    stage: str
    size: int
    other: str
    kept: float
    fresh: float
    spread: tuple[float, float]
    """The least and the greatest fresh ratio of a round."""

    @property
    def fell(self) -> bool:
        """Whether the ratio of every round fell by more than a fifth."""
        return self.spread[1] < self._least

    def __str__(self) -> str:
        """Describe the change in a line."""
        note = ""
        if self.fell:
            note = ", fell"
        elif self.fresh < self._least:
            note = ", within the noise: rounds from {:.2f} to {:.2f}".format(*self.spread)
        return (
            f"{self.stage} {self.size:,}: {self.fresh:.2f} x {self.other}, kept {self.kept:.2f} "
            f"({self.fresh / self.kept - 1:+.0%}{note})"
        )

    @property
    def _least(self) -> float:
        return (1 - MOST_FALL) * self.kept


def changes(kept: Results, fresh: Results) -> Iterator[Change]:
    """Yield a change for each ratio that both runs have, unless ours is far from the limit."""
    for stage in fresh.stages:
        for other in (PLAIN, LIMIT):
            before = kept.speedups(stage, other)
            for size, ratio in fresh.speedups(stage, other).items():
                if before.get(size, 0.0) >= LEAST_RATIO:
                    spread = fresh.spread(stage, size, other)
                    yield Change(stage, size, other, before[size], ratio, spread)


def not_compared(kept: Results, fresh: Results) -> list[str]:
    """Name the jobs of the fresh run that the kept one lacks."""
    return [
        f"{stage} {size:,}"
        for stage in fresh.stages
        for size in fresh.of(stage, OURS)
        if size not in kept.of(stage, OURS)
    ]
