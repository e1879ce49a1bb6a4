"""The stages of `make bench` and `make bench-gpu`, and the three sizes of each."""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from measure import Benchmark


@dataclass(frozen=True)
class Stage:
    """A module whose ``of_size(size, *arguments)`` returns the benchmark of a job of that size."""

    module: str
    sizes: tuple[int, int, int]
    counted: str
    """Names the things that ``sizes`` counts."""
    arguments: tuple[str | int, ...] = ()
    title: str = ""
    """Begins the names of the benchmarks, in place of the stage's name."""


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


# The rates of `make submission-plan` are read from these: the titles hold network and pixels.
GPU_STAGES = {
    "embed-r50": Stage(
        "gpu.embedding",
        (6_144, 12_288, 24_576),
        "images",
        ("recipe:resnet50", 224),
        "embed recipe:resnet50 224",
    ),
    "embed-se": Stage(
        "gpu.embedding",
        (2_048, 4_096, 8_192),
        "images",
        ("recipe:se_resnet101_ibn_a", 384),
        "embed recipe:se_resnet101_ibn_a 384",
    ),
    "train-r50": Stage(
        "gpu.training",
        (1_024, 2_048, 4_096),
        "images",
        ("recipe:resnet50", 256),
        "train recipe:resnet50 256",
    ),
    "train-se": Stage(
        "gpu.training",
        (512, 1_024, 2_048),
        "images",
        ("recipe:se_resnet101_ibn_a", 384),
        "train recipe:se_resnet101_ibn_a 384",
    ),
    "search": Stage("gpu.searching", (1_000_000, 2_400_000, 4_800_000), "images of the index"),
}


def benchmarks(name: str, stage: Stage, sizes: Sequence[int] | None = None) -> Iterator[Benchmark]:
    """Make the benchmarks of a stage, one at a time, smallest first."""
    module = importlib.import_module(stage.module)
    for size in sizes or stage.sizes:
        made = module.of_size(size, *stage.arguments)
        yield replace(made, name=f"{stage.title or name} {size:,}", stage=name, size=size, goals={})
