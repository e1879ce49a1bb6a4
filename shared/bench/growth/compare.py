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

    @property
    def fell(self) -> bool:
        """Whether the ratio fell by more than a fifth."""
        return self.fresh < (1 - MOST_FALL) * self.kept

    def __str__(self) -> str:
        """Describe the change in a line."""
        return (
            f"{self.stage} {self.size:,}: {self.fresh:.2f} x {self.other}, kept {self.kept:.2f} "
            f"({self.fresh / self.kept - 1:+.0%}{', fell' if self.fell else ''})"
        )


def changes(kept: Results, fresh: Results) -> Iterator[Change]:
    """Yield a change for each ratio that both runs have, unless ours is far from the limit."""
    for stage in fresh.stages:
        for other in (PLAIN, LIMIT):
            before = kept.speedups(stage, other)
            for size, ratio in fresh.speedups(stage, other).items():
                if before.get(size, 0.0) >= LEAST_RATIO:
                    yield Change(stage, size, other, before[size], ratio)


def not_compared(kept: Results, fresh: Results) -> list[str]:
    """Name the jobs of the fresh run that the kept one lacks."""
    return [
        f"{stage} {size:,}"
        for stage in fresh.stages
        for size in fresh.of(stage, OURS)
        if size not in kept.of(stage, OURS)
    ]
