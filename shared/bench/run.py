"""``python shared/bench/run.py [ENTRY ...] [--rounds N] [-o FILE]``: benchmarks in depth, by name.

Measures ours, plain alternatives and the limit of the hardware, interleaved in one run, and prints
their ratios. Ratios carry over to other machines far better than seconds do.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import machine  # first: it unsets what other machines export
from gld_shared.devices import choose_device
from gld_shared.errors import DataError
from isolated import entry, measure_apart
from rows import Row, print_table, write_table

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
    described = f"{machine.kind(on_gpu)}; {machine.now()}"
    print(described)
    rows: list[Row] = []
    for name in chosen.entries or ENTRIES:
        print(f"{name} ...", file=sys.stderr)
        rows += measure_apart(partial(entry, every[name]), chosen.rounds)
    print_table(rows)
    if chosen.output:
        write_table(chosen.output, described, rows)


if __name__ == "__main__":
    main()
