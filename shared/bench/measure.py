"""Timing of variants of one job, interleaved."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

OURS, PLAIN, LIMIT = "ours", "plain", "limit"


class Seconds(float):
    """The seconds of a variant that count, when its start does not."""


@dataclass(frozen=True)
class Benchmark:
    """One job done in several ways; each call of a variant processes ``items`` of ``unit``.

    A variant that returns ``Seconds`` is not warmed up.

    ``goals`` are the minimum speed-ups by pairs (variant, other); without goals, ours is compared
    with the plain way and the limit. ``close`` releases resources of the variants. ``stage`` and
    ``size`` tell benchmarks apart that differ in their size alone.
    """

    name: str
    unit: str
    items: int
    variants: Mapping[str, Callable[[], object]]
    notes: Mapping[str, str]
    goals: Mapping[tuple[str, str], float] = field(default_factory=dict)
    close: Callable[[], object] = lambda: None
    stage: str = ""
    size: int = 0


@dataclass(frozen=True)
class Measured:
    """The times of each variant in seconds: of all rounds, and the best."""

    benchmark: Benchmark
    rounds: Mapping[str, Sequence[float]]

    @property
    def seconds(self) -> dict[str, float]:
        """The best time of each variant."""
        return {name: min(times) for name, times in self.rounds.items()}

    def ratio(self, variant: str, other: str) -> float:
        """Return the speed-up of a variant over another."""
        return self.seconds[other] / self.seconds[variant]

    def summary(self) -> str:
        """Summarise in one line, or in a line per goal."""
        if not self.benchmark.goals:
            compared = []
            if PLAIN in self.seconds:
                compared.append(f"{self.ratio(OURS, PLAIN):.1f} x the plain way")
            if LIMIT in self.seconds:
                compared.append(f"{self.ratio(OURS, LIMIT):.0%} of the limit")
            return f"{self.benchmark.name}: {', '.join(compared)}"
        return "\n".join(
            f"{self.benchmark.name}: {variant} is {self.ratio(variant, other):.2f} x {other}, "
            f"goal {goal}"
            for (variant, other), goal in self.benchmark.goals.items()
        )


def measure(benchmark: Benchmark, rounds: int) -> Measured:
    """Run the variants in turn, ``rounds`` times after one warm-up, and keep the times of each.

    Taking turns spreads other load on the machine over all variants.
    """
    try:
        own = {name: variant() for name, variant in benchmark.variants.items()}
        times = {name: [first] if isinstance(first, Seconds) else [] for name, first in own.items()}
        for number in range(rounds):
            for name, variant in benchmark.variants.items():
                if isinstance(own[name], Seconds) and number == rounds - 1:
                    continue
                started = time.perf_counter()
                result = variant()
                elapsed = time.perf_counter() - started
                times[name].append(result if isinstance(result, Seconds) else elapsed)
    finally:
        benchmark.close()
    return Measured(benchmark, times)
