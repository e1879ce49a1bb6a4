"""``python shared/bench/bench.py [STAGE ...] [--rounds N] [--check] [--plot PNG] [-o JSON]``.

`make bench`: every stage at three sizes, ours against a plain alternative and the limit of the
hardware, interleaved in one run. Writes the ratios as TSV and JSON, and a picture of the growth.
`make bench-check` measures the middle sizes only, and compares the ratios with those kept.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import machine  # first: it unsets what other machines export
from growth.compare import changes, not_compared
from growth.results import Results, read_results, results_path, write_results
from growth.stages import STAGES, benchmarks
from isolated import measure_apart
from rows import Row, print_table, write_table


def main() -> None:
    """Measure the named stages, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=" ".join(STAGES))
    parser.add_argument("--rounds", type=int, default=1, help="best of N after a warm-up")
    parser.add_argument("--check", action="store_true", help="compare with the results kept")
    parser.add_argument("--plot", type=Path, help="draw the growth as PNG")
    parser.add_argument("-o", "--output", type=Path, help="the JSON file (all stages: by machine)")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.stages) - set(STAGES)):
        parser.error(f"unknown {', '.join(unknown)}; expected some of {' '.join(STAGES)}")
    kind, stages = machine.kind(), chosen.stages or list(STAGES)
    described = f"{kind}; {machine.now()}"
    print(described)
    if chosen.check:
        fresh = Results(kind, measured(stages, chosen.rounds, middle=True))
        sys.exit(compare_with_kept(chosen.output or results_path(kind), fresh))
    found = Results(kind, measured(stages, chosen.rounds))
    print_table(found.rows)
    # A few stages do not replace the results of all.
    if path := chosen.output or (None if chosen.stages else results_path(kind)):
        write_results(path, kind, found.rows)
        write_table(path.with_suffix(".tsv"), described, found.rows)
    if chosen.plot:
        from growth.plot import plot

        plot(found, chosen.plot)


def measured(stages: Sequence[str], rounds: int, middle: bool = False) -> list[Row]:
    """Measure stages at all sizes, or only at those in the middle."""
    rows: list[Row] = []
    for name in stages:
        print(f"{name} ...", file=sys.stderr)
        sizes = STAGES[name].sizes[1:2] if middle else STAGES[name].sizes
        rows += measure_apart(partial(benchmarks, name, sizes), rounds)
    return rows


def compare_with_kept(path: Path, fresh: Results) -> int:
    """Print how ratios changed; return 1 if one fell, or if none could be compared."""
    if not path.exists():
        print(
            f"{path}: not found, so there is nothing to compare with; "
            "`make bench` measures this machine"
        )
        return 1
    kept = read_results(path)
    compared = list(changes(kept, fresh))
    for change in compared:
        print(change)
    for job in not_compared(kept, fresh):
        print(f"{job}: not in {path}")
    if not compared:
        print("no ratio could be compared")
        return 1
    fell = sum(change.fell for change in compared)
    print(f"{fell} of {len(compared)} ratios fell by more than 20%")
    return int(fell > 0)


if __name__ == "__main__":
    main()
