"""``python shared/fuzz/chaos.py [JOB ...]``: `make chaos`.

Kills every command that writes files at random moments and at its operations on files, damages what
it left, runs it twice at once, and lets its disk be full. The command that is run again must end
with the bytes of a quiet run, and leave nothing else.
"""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from random import Random

from interruptions.folders import Workshop, workshop
from interruptions.jobs import JOBS
from interruptions.trials import damage, full_disk, kill, pair
from warm_imports import import_libraries

TRIALS: dict[str, tuple[Callable[[Workshop, Random], str | None], int]] = {
    "kills": (kill, 60),
    "damages": (damage, 60),
    "pairs": (pair, 24),
    "full-disks": (full_disk, 24),
}


def main() -> None:
    """Try the named jobs, or all; exit with 1 if there are findings."""
    chosen = _parsed()
    jobs = [job for job in JOBS if not chosen.job or job.name in chosen.job]
    import_libraries()
    print(f"| command | {' | '.join(TRIALS)} | findings (distinct) | seconds |", flush=True)
    print("|---" * (len(TRIALS) + 3) + "|", flush=True)
    found = 0
    for job in jobs:
        begin, findings = time.monotonic(), Counter[str]()
        with workshop(job) as shop:
            counts = [
                _try(shop, name, -(-getattr(chosen, name.replace("-", "_")) // len(jobs)),
                     chosen.seed, findings)
                for name in TRIALS
            ]  # fmt: skip
        found += findings.total()
        distinct = f"{findings.total()} ({len(findings)})"
        seconds = time.monotonic() - begin
        print(f"| {job.name} | {' | '.join(map(str, counts))} | {distinct} | {seconds:.0f} |",
              flush=True)  # fmt: skip
    sys.exit(bool(found))


def _try(shop: Workshop, name: str, times: int, seed: int, findings: Counter[str]) -> int:
    trial, _ = TRIALS[name]
    for number in range(times):
        message = trial(shop, Random(f"{seed} {shop.job.name} {name} {number}"))
        if message:
            kind = re.sub(r"\b[0-9a-f]{8}\b|\d+", "_", message)
            findings[kind] += 1
            if findings[kind] == 1:
                print(f"  {name} {number}: {message!r}"[:400], file=sys.stderr, flush=True)
    return times


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    names = [job.name for job in JOBS]
    parser.add_argument("job", nargs="*", help=", ".join(names))
    for name, (_, default) in TRIALS.items():
        parser.add_argument(f"--{name}", type=int, default=default, help="of all jobs together")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.job) - set(names)):
        parser.error(f"unknown {', '.join(unknown)}; expected some of {', '.join(names)}")
    return chosen


if __name__ == "__main__":
    main()
