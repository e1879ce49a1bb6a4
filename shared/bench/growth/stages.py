"""The stages of `make bench`, and the three sizes that each is measured at."""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from measure import Benchmark


@dataclass(frozen=True)
class Stage:
    """A module whose ``of_size(size)`` returns the benchmark of a job of that size."""

    module: str
    sizes: tuple[int, int, int]
    counted: str
    """Names the things that ``sizes`` counts."""


# The largest sizes take seconds each, so that all of them take a quarter of an hour.
STAGES = {
    "lists": Stage("listing", (20_000, 100_000, 500_000), "images of the training set"),
    "check": Stage("checking", (60, 240, 960), "images"),
    "decode": Stage("decoding", (400, 800, 1_600), "pixels of the longer side"),
    "read": Stage("reading", (1_000, 4_000, 16_000), "images"),
    "embed": Stage("embedding.packaged", (60, 240, 960), "images"),
    "train": Stage("training", (64, 128, 256), "images"),
    "store-write": Stage("storing.write", (20_000, 80_000, 320_000), "rows"),
    "store-read": Stage("storing.read", (20_000, 80_000, 320_000), "rows"),
    "store-gather": Stage("storing.gather", (20_000, 80_000, 320_000), "rows"),
    "search": Stage("searching.sizes", (10_000, 100_000, 1_000_000), "images of the index"),
    "landmark": Stage("reranking.landmark", (4_000, 40_000, 200_000), "references"),
    "reciprocal": Stage("reranking.reciprocal", (2_000, 5_000, 11_000), "images"),
    "spatial": Stage("reranking.spatial", (500, 1_000, 2_000), "keypoints of an image"),
    "eval": Stage("scoring.small", (500, 5_000, 50_000), "queries"),
}


def benchmarks(name: str, sizes: Sequence[int] | None = None) -> Iterator[Benchmark]:
    """Make the benchmarks of a stage, one at a time, smallest first."""
    stage = STAGES[name]
    module = importlib.import_module(stage.module)
    for size in sizes or stage.sizes:
        made = module.of_size(size)
        yield replace(made, name=f"{name} {size:,}", stage=name, size=size, goals={})
