"""``python shared/bench/bench.py [STAGE ...] [OPTIONS]``; ``--help`` lists them.

`make bench`: every stage at three sizes, ours against a plain alternative and the limit of the
hardware, interleaved in one run. Writes the ratios as TSV and JSON, and a picture of the growth.
`make bench-check` measures the middle sizes only, and compares the ratios with those kept.
`make bench-gpu` is the same on a GPU.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import machine  # first: it unsets what other machines export
from gld_shared.devices import choose_device
from gld_shared.errors import DataError
from growth.compare import changes, not_compared
from growth.results import Results, read_results, results_path, write_results
from growth.stages import GPU_STAGES, STAGES, Stage, benchmarks
from isolated import measure_apart
from rows import Row, print_table, write_table


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the named stages, or all."""
    try:
        sys.exit(_run(_chosen(arguments)))
    except DataError as error:
        sys.exit(f"Error: {error}")


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=" ".join(STAGES))
    parser.add_argument("--gpu", action="store_true", help=f"instead {' '.join(GPU_STAGES)}")
    parser.add_argument("--rounds", type=int, default=1, help="best of N after a warm-up")
    parser.add_argument("--check", action="store_true", help="compare with the results kept")
    parser.add_argument("--plot", type=Path, help="draw the growth as PNG")
    parser.add_argument("-o", "--output", type=Path, help="the JSON file (all stages: by machine)")
    chosen = parser.parse_args(arguments)
    known = GPU_STAGES if chosen.gpu else STAGES
    if unknown := sorted(set(chosen.stages) - set(known)):
        parser.error(f"unknown {', '.join(unknown)}; expected some of {' '.join(known)}")
    if chosen.rounds < 1:
        parser.error(f"--rounds {chosen.rounds}: expected 1 or more")
    for path in filter(None, (chosen.plot, chosen.output)):
        if not path.parent.is_dir():  # said before a quarter of an hour of measuring
            parser.error(f"{path}: its folder does not exist; mkdir -p {path.parent}")
    return chosen


def _run(chosen: argparse.Namespace) -> int:
    if chosen.gpu:
        try:
            choose_device("cuda")
        except DataError as error:
            raise DataError(f"no GPU to measure on: {error}") from error
    known = GPU_STAGES if chosen.gpu else STAGES
    stages = {name: known[name] for name in chosen.stages or known}
    kind = machine.kind(chosen.gpu)
    kept = read_results(chosen.output or results_path(kind)) if chosen.check else None
    described = f"{kind}; {machine.now()}"
    print(described)
    distortion = machine.distortion()
    found = Results(kind, measured(stages, chosen.rounds, middle=kept is not None))
    if kept is not None:
        code = compare(kept, found, chosen.output or results_path(kind))
        if distortion:
            print(distortion)
        return code
    print_table(found.rows)
    # A few stages do not replace the results of all.
    if path := chosen.output or (None if chosen.stages else results_path(kind)):
        write_results(path, kind, found.rows)
        write_table(path.with_suffix(".tsv"), described, found.rows)
    if chosen.plot:
        from growth.plot import plot

        plot(found, chosen.plot)
    return 0


def measured(stages: Mapping[str, Stage], rounds: int, middle: bool = False) -> list[Row]:
    """Measure stages at all sizes, or only at those in the middle."""
    rows: list[Row] = []
    for name, stage in stages.items():
        print(f"{name} ...", file=sys.stderr)
        sizes = stage.sizes[1:2] if middle else stage.sizes
        rows += measure_apart(partial(benchmarks, name, stage, sizes), rounds)
    return rows


def compare(kept: Results, fresh: Results, path: Path) -> int:
    """Print how ratios changed; return 1 if one fell, or if none could be compared."""
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
