"""``python shared/bench/run.py [ENTRY ...] [--rounds N] [-o FILE]``: what `make bench` runs.

Measures ours, a plain alternative and the limit of the hardware, interleaved in one run, and prints
their ratios. Ratios carry over to other machines far better than seconds do.
"""

import argparse
import os

# Some machines export a kernel that is not theirs; what a user gets is measured with it unset.
EXPORTED = os.environ.pop("OPENBLAS_CORETYPE", None)

import importlib  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from pathlib import Path  # noqa: E402

from measure import HEADER, measure, rows  # noqa: E402

ENTRIES = {
    "decode": "decoding",
    "search": "searching",
    "eval": "scoring",
    "embed": "embedding",
    "read": "reading",
    "lists": "listing",
    "check": "checking",
}


def main() -> None:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help=" ".join(ENTRIES))
    parser.add_argument("--rounds", type=int, default=3, help="best of so many (default 3)")
    parser.add_argument("-o", "--output", type=Path, help="write the table as TSV too")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.entries) - set(ENTRIES))
    if unknown:
        parser.error(f"unknown {', '.join(unknown)}; expected some of {' '.join(ENTRIES)}")
    print(machine())
    table = [HEADER]
    for entry in chosen.entries or ENTRIES:
        print(f"{entry} ...", file=sys.stderr)
        # A process of its own: threads and BLAS are set once per process.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            summary, measured = process.submit(measured_rows, entry, chosen.rounds).result()
        print(summary)
        table += measured
    print_table(table)
    if chosen.output:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text("".join("\t".join(row) + "\n" for row in table))


def measured_rows(entry: str, rounds: int) -> tuple[str, list[list[str]]]:
    """Measure one entry: a line that sums it up, and its rows of the table."""
    measured = measure(importlib.import_module(ENTRIES[entry]).benchmark(), rounds)
    summary = (
        f"{entry}: {measured.ratio_to_plain:.1f} x the plain way, "
        f"{measured.share_of_limit:.0%} of the limit"
    )
    return summary, rows(measured)


def machine() -> str:
    """What was measured on."""
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if "model name" in line]
    exported = "unset" if EXPORTED is None else f"unset (was {EXPORTED})"
    return (
        f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; OPENBLAS_CORETYPE {exported}"
    )


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def print_table(table: list[list[str]]) -> None:
    """Columns aligned."""
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    main()
