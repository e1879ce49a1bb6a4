"""A job's trials, of all kinds in turn, for a number of times or for a time."""

import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random

from interruptions.folders import Workshop, workshop
from interruptions.jobs import Job
from interruptions.trials import damage, full_disk, kill, pair

# The kinds of trials, and how many of each `make chaos` does.
TRIALS = {"kills": 60, "damages": 60, "pairs": 24, "full-disks": 24}
_FUNCTIONS: dict[str, Callable[[Workshop, Random], str | None]] = {
    "kills": kill,
    "damages": damage,
    "pairs": pair,
    "full-disks": full_disk,
}


@dataclass(frozen=True)
class Plan:
    """How often each kind is tried; with ``seconds``, that long, and as often in proportion."""

    counts: Mapping[str, int]
    seed: int
    seconds: float | None = None

    def order(self) -> Iterator[tuple[str, int]]:
        """Yield kinds of trials with their numbers, evenly mixed; without end if by time."""
        turns = sorted(
            ((number + 0.5) / times, name, number)
            for name, times in self.counts.items()
            for number in range(times)
        )
        for round_number in count() if self.seconds else range(1):
            for _, name, number in turns:
                yield name, number + round_number * self.counts[name]


@dataclass
class TriedJob:
    """A job's numbers of trials, its findings by their kinds, and the time that it took."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def tried(job: Job, plan: Plan) -> TriedJob:
    """Try a job; each kind of finding is printed to stderr once."""
    begin, result = time.monotonic(), TriedJob(job.name)
    with workshop(job) as shop:
        for name, number in plan.order():
            result.seconds = time.monotonic() - begin
            if plan.seconds is not None and result.seconds > plan.seconds:
                break
            random = Random(f"{plan.seed} {job.name} {name} {number}")
            message = _FUNCTIONS[name](shop, random)
            result.counts[name] += 1
            if message:
                _report(result, f"{job.name}: {name} {number}", message)
    result.seconds = time.monotonic() - begin
    return result


def _report(result: TriedJob, place: str, message: str) -> None:
    kind = re.sub(r"\b[0-9a-f]{8}\b|\d+", "_", message)
    result.findings[kind] += 1
    if result.findings[kind] == 1:
        print(f"  {place}: {message!r}"[:500], file=sys.stderr, flush=True)
