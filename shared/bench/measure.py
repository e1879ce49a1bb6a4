"""Timing of variants of one job, interleaved, and the table of their ratios."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

OURS, PLAIN, LIMIT = "ours", "plain", "limit"


@dataclass(frozen=True)
class Benchmark:
    """One job done in several ways; each call of a variant processes ``items`` of ``unit``.

    A variant may return the seconds that count, if its start does not; it is not warmed up.

    ``goals`` are the minimum speed-ups by pairs (variant, other); without goals, ours is compared
    with the plain way and the limit. ``close`` releases resources of the variants.
    """

    name: str
    unit: str
    items: int
    variants: Mapping[str, Callable[[], object]]
    notes: Mapping[str, str]
    goals: Mapping[tuple[str, str], float] = field(default_factory=dict)
    close: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Measured:
    """The best time of each variant in seconds."""

    benchmark: Benchmark
    seconds: Mapping[str, float]

    def ratio(self, variant: str, other: str) -> float:
        """Return the speed-up of a variant over another."""
        return self.seconds[other] / self.seconds[variant]

    def summary(self) -> str:
        """Summarise in one line, or in a line per goal."""
        if not self.benchmark.goals:
            return (
                f"{self.benchmark.name}: {self.ratio(OURS, PLAIN):.1f} x the plain way, "
                f"{self.ratio(OURS, LIMIT):.0%} of the limit"
            )
        return "\n".join(
            f"{self.benchmark.name}: {variant} is {self.ratio(variant, other):.2f} x {other}, "
            f"goal {goal}"
            for (variant, other), goal in self.benchmark.goals.items()
        )


def measure(benchmark: Benchmark, rounds: int) -> Measured:
    """Run the variants in turn, ``rounds`` times after one warm-up, and keep the best of each.

    Taking turns spreads other load on the machine over all variants.
    """
    try:
        own = {name: variant() for name, variant in benchmark.variants.items()}
        seconds = {name: _own_or(first, float("inf")) for name, first in own.items()}
        for number in range(rounds):
            for name, variant in benchmark.variants.items():
                if isinstance(own[name], float) and number == rounds - 1:
                    continue
                started = time.perf_counter()
                result = variant()
                elapsed = time.perf_counter() - started
                seconds[name] = min(seconds[name], _own_or(result, elapsed))
    finally:
        benchmark.close()
    return Measured(benchmark, seconds)


def _own_or(result: object, elapsed: float) -> float:
    return result if isinstance(result, float) else elapsed


def table_rows(measured: Measured) -> list[list[str]]:
    """Return the rows of the table, with the columns of ``HEADER``."""
    benchmark, ours = measured.benchmark, measured.seconds[OURS]
    return [
        [
            benchmark.name,
            variant,
            f"{seconds:.4f}",
            f"{_rate(benchmark.items / seconds)} {benchmark.unit}/s",
            f"{seconds / ours:.2f}",
            benchmark.notes[variant],
        ]
        for variant, seconds in measured.seconds.items()
    ]


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


HEADER = ["bench", "variant", "seconds", "rate", "ours is x times as fast", "what"]
