"""``python shared/fuzz/fuzz.py [READER ...]``: `make fuzz`.

Mutates small valid files for every reader of gld, runs the real commands on them, and prints a
table of what a user must never see: a traceback, a hang over 10 seconds, a crash, growth over
1 GB, a raw control character, a leftover file, another result from a damaged file with checksums.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from itertools import count
from math import ceil
from pathlib import Path

from readers.all import READERS
from report.minimise import Minimiser
from report.save import save
from report.table import HEADER, row, total
from running.attempt import read_files
from running.examine import Reader
from running.pool import Run, Tally, in_child, temporary_folder
from warm_imports import import_libraries

_END_OF_TIME = float("inf")


def main() -> None:
    """Fuzz the named readers, or all; exit with 1 if there are findings."""
    chosen = _parsed()
    readers = [reader for reader in READERS if not chosen.reader or reader.name in chosen.reader]
    import_libraries()
    print(HEADER, flush=True)
    shares = sum(reader.share for reader in readers)
    begin, tallies = time.monotonic(), []
    for reader in readers:
        start, share = time.monotonic(), reader.share / shares
        until = _END_OF_TIME if chosen.inputs else start + chosen.minutes * 60 * share
        numbers = _numbers(chosen.inputs and ceil(chosen.inputs * share / reader.at_once))
        tally = _fuzzed(reader, Run(reader, chosen.seed, numbers, until), chosen.workers)
        tallies.append(tally)
        print(row(reader.name, tally, time.monotonic() - start), flush=True)
        _report(tally, chosen.seed)
    print(total(tallies, time.monotonic() - begin), flush=True)
    sys.exit(any(tally.findings for tally in tallies))


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    names = [reader.name for reader in READERS]
    parser.add_argument("reader", nargs="*", help=", ".join(names))
    parser.add_argument("--minutes", type=float, default=10, help="for all together (default 10)")
    parser.add_argument("--inputs", type=int, default=0, help="for all together, not by time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.reader) - set(names)):
        parser.error(f"unknown {', '.join(unknown)}; expected some of {', '.join(names)}")
    return chosen


def _numbers(most: int) -> Iterator[int]:
    return iter(range(most)) if most else count()


def _fuzzed(reader: Reader, run: Run, workers: int) -> Tally:
    """Return the findings of a run that are seen again, minimised."""
    with temporary_folder() as folder:
        in_child(reader.prepare, Path(folder))
        tally = run.in_folder(folder, workers)
        minimiser = Minimiser(reader, folder, read_files(Path(folder)))
        for kind, finding in list(tally.findings.items()):
            if smallest := minimiser.minimised(finding):
                tally.findings[kind] = smallest
            else:
                print(f"  not seen again: {finding.message[:200]!r}", file=sys.stderr, flush=True)
                tally.forget(kind)
    return tally


def _report(tally: Tally, seed: int) -> None:
    for kind, finding in tally.findings.items():
        folder = save(finding, seed, tally.counts[kind])
        line = f"  {tally.counts[kind]} x {finding.message}"[:300]
        print(f"{line!r}\n    {folder}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
