"""``python shared/fuzz/chaos.py [JOB ...]``: `make chaos`.

Kills every command that writes files at random moments and at its operations on files, damages what
it left, runs it twice at once, and lets its disk be full. The command that is run again must end
with the bytes of a quiet run, and leave nothing else. Several jobs are tried at once.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from interruptions.jobs import JOBS
from interruptions.tried_job import TRIALS, Plan, TriedJob, tried
from warm_imports import import_libraries


def main() -> None:
    """Try the named jobs, or all; exit with 1 if there are findings."""
    chosen = _parsed()
    jobs = [job for job in JOBS if not chosen.job or job.name in chosen.job]
    import_libraries()
    workers = min(chosen.workers, len(jobs))
    seconds = chosen.minutes * 60 / -(-len(jobs) // workers) if chosen.minutes else None
    counts = {name: -(-getattr(chosen, name.replace("-", "_")) // len(jobs)) for name in TRIALS}
    plan = Plan(counts, chosen.seed, seconds)
    begin, results = time.monotonic(), list[TriedJob]()
    print(f"| command | {' | '.join(TRIALS)} | findings (distinct) | seconds |", flush=True)
    print("|---" * (len(TRIALS) + 3) + "|", flush=True)
    # Forked: this process has used no library yet, whose threads a child would lack.
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        for result in pool.map(tried, jobs, [plan] * len(jobs)):
            results.append(result)
            print(_row(result), flush=True)
    findings = sum((result.findings for result in results), Counter[str]())
    together = sum((result.counts for result in results), Counter[str]())
    print(_row(TriedJob("all", together, findings, time.monotonic() - begin)), flush=True)
    sys.exit(bool(findings))


def _row(result: TriedJob) -> str:
    counts = " | ".join(f"{result.counts[name]:,}" for name in TRIALS)
    found = f"{result.findings.total()} ({len(result.findings)})"
    return f"| {result.name} | {counts} | {found} | {result.seconds:.0f} |"


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    names = [job.name for job in JOBS]
    parser.add_argument("job", nargs="*", help=", ".join(names))
    for name, default in TRIALS.items():
        parser.add_argument(f"--{name}", type=int, default=default, help="of all jobs together")
    parser.add_argument(
        "--minutes", type=float, default=0, help="for all together: as many trials as they allow"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="jobs at once")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.job) - set(names)):
        parser.error(f"unknown {', '.join(unknown)}; expected some of {', '.join(names)}")
    return chosen


if __name__ == "__main__":
    main()
