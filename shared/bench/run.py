"""``python shared/bench/run.py [ENTRY ...] [--rounds N] [-o FILE]``: `make bench`.

Measures ours, a plain alternative and the limit of the hardware, interleaved in one run, and prints
their ratios. Ratios carry over to other machines far better than seconds do.
"""

import argparse
import os

# Some machines export another CPU's kernel; unset it, to measure what users get.
EXPORTED = os.environ.pop("OPENBLAS_CORETYPE", None)

import importlib  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from multiprocessing import get_context, set_start_method  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TextIO  # noqa: E402

from gld_shared.cpu_flags import CPU_INFO  # noqa: E402
from gld_shared.devices import choose_device  # noqa: E402
from gld_shared.errors import DataError  # noqa: E402
from measure import HEADER, Benchmark, measure, table_rows  # noqa: E402

ENTRIES = {
    "decode": "decoding",
    "search": "searching.sizes",
    "search-start": "searching.start",
    "search-curves": "searching.curves",
    "search-large": "searching.large",
    "graph": "graphs",
    "eval": "scoring.small",
    "eval-large": "scoring.large",
    "embed": "embedding.packaged",
    "embed-r50": "embedding.resnet50",
    "embed-se": "embedding.se_resnet101",
    "embed-busy": "embedding.busy",
    "read": "reading",
    "store-write": "storing.write",
    "store-read": "storing.read",
    "store-gather": "storing.gather",
    "lists": "listing",
    "check": "checking",
    "landmark": "reranking.landmark",
    "reciprocal": "reranking.reciprocal",
    "spatial": "reranking.spatial",
    "train": "training",
    "train-resnet50": "training_resnet50",
}
# `make bench-gpu`.
ON_GPU = {
    "gpu-embed": "gpu.embedding",
    "gpu-train": "gpu.training",
    "gpu-search": "gpu.searching",
}


def main() -> None:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    every = {**ENTRIES, **ON_GPU}
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help=" ".join(every))
    parser.add_argument("--rounds", type=int, default=3, help="best of N (default 3)")
    parser.add_argument("-o", "--output", type=Path, help="write the table as TSV too")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.entries) - set(every)):
        parser.error(f"unknown {', '.join(unknown)}; expected some of {' '.join(every)}")
    on_gpu = not set(ON_GPU).isdisjoint(chosen.entries)
    if on_gpu:
        try:
            choose_device("cuda")
        except DataError as error:
            sys.exit(f"Error: no GPU to measure on: {error}")
    print(machine(on_gpu))
    table = [HEADER]
    for entry in chosen.entries or ENTRIES:
        print(f"{entry} ...", file=sys.stderr)
        # Each entry has its own process: threads and BLAS are set once per process.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            summary, measured = process.submit(measured_rows, every[entry], chosen.rounds).result()
        print(summary)
        table += measured
    print_table(table)
    if chosen.output:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text("".join("\t".join(row) + "\n" for row in table))


def measured_rows(module: str, rounds: int) -> tuple[str, list[list[str]]]:
    """Measure the entry of a module; return a summary, and its rows of the table."""
    # As in the commands: workers that load images are forked, which takes them no time to start.
    set_start_method("fork", force=True)
    found = importlib.import_module(module).benchmark()
    benchmarks = [found] if isinstance(found, Benchmark) else found
    measured = []
    for benchmark in benchmarks:
        measured.append(measure(benchmark, rounds))
        # A later comparison may fail, or be interrupted.
        print(measured[-1].summary(), file=sys.stderr)
        print_table(table_rows(measured[-1]), file=sys.stderr)
    summary = "\n".join(result.summary() for result in measured)
    return summary, [row for result in measured for row in table_rows(result)]


def machine(on_gpu: bool) -> str:
    """Describe the machine."""
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if "model name" in line]
    exported = "unset" if EXPORTED is None else f"unset (was {EXPORTED})"
    gpu = f"{_gpu_name()}, " if on_gpu else ""
    return (
        f"{gpu}{names[0] if names else platform.processor()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; OPENBLAS_CORETYPE {exported}"
    )


def _gpu_name() -> str:
    import torch

    return torch.cuda.get_device_name()


def _cpu_lines() -> list[str]:
    return CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []


def print_table(table: list[list[str]], file: TextIO | None = None) -> None:
    """Print a table with aligned columns."""
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip(), file=file)


if __name__ == "__main__":
    main()
