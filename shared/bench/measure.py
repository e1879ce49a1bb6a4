"""Timing of variants of one job, interleaved, and the table of their ratios."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

OURS, PLAIN, LIMIT = "ours", "plain", "limit"


@dataclass(frozen=True)
class Benchmark:
    """One job done in several ways. ``items`` of ``unit`` are done per call of a variant."""

    name: str
    unit: str
    items: int
    variants: Mapping[str, Callable[[], object]]
    notes: Mapping[str, str]


@dataclass(frozen=True)
class Measured:
    """Best seconds of each variant."""

    benchmark: Benchmark
    seconds: Mapping[str, float]

    @property
    def ratio_to_plain(self) -> float:
        """How many times faster than the plain way ours is."""
        return self.seconds[PLAIN] / self.seconds[OURS]

    @property
    def share_of_limit(self) -> float:
        """Which part of the limit's speed ours reaches, 0..1."""
        return self.seconds[LIMIT] / self.seconds[OURS]


def measure(benchmark: Benchmark, rounds: int) -> Measured:
    """Run the variants in turn, ``rounds`` times after one warm-up, and keep the best of each.

    In turn, so that whatever else the machine does falls on all of them.
    """
    for variant in benchmark.variants.values():
        variant()
    seconds = dict.fromkeys(benchmark.variants, float("inf"))
    for _ in range(rounds):
        for name, variant in benchmark.variants.items():
            started = time.perf_counter()
            variant()
            seconds[name] = min(seconds[name], time.perf_counter() - started)
    return Measured(benchmark, seconds)


def rows(measured: Measured) -> list[list[str]]:
    """The table's rows: bench, variant, rate, ours : it."""
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
