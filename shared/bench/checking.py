"""Opening every image of a list: on two cores, on one, and with plain Pillow."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import polars as pl
import simplejpeg
from decoding import photographs
from gld_lists.images.check import Check
from measure import LIMIT, OURS, PLAIN, Benchmark
from PIL import Image

WORKERS, IMAGES = 2, 600
ONE_WORKER = "one worker"


def benchmark() -> Benchmark:
    """Check 600 photographs with two threads."""
    return of_size(IMAGES)


def of_size(images: int) -> Benchmark:
    """Check so many photographs, some of them repeatedly."""
    paths = list(islice(cycle(photographs()), images))
    names = [str(path) for path in paths]
    rows = pl.DataFrame({"id": names, "path": names})
    return Benchmark(
        "check",
        "images",
        len(paths),
        {
            OURS: lambda: _check(rows, WORKERS),
            ONE_WORKER: lambda: _check(rows, 1),
            PLAIN: lambda: [_load(path) for path in paths],
            LIMIT: lambda: _decode(paths),
        },
        {
            OURS: f"gld-lists check -j {WORKERS}",
            ONE_WORKER: "gld-lists check -j 1",
            PLAIN: "Pillow: open, load; one loop",
            LIMIT: f"libjpeg-turbo at 1/8 alone, {WORKERS} threads",
        },
    )


def _check(rows: pl.DataFrame, workers: int) -> int:
    return sum(block.height for block in Check(rows, Path("/"), workers).blocks())


def _load(path: Path) -> None:
    with Image.open(path) as image:
        image.load()


def _decode(paths: Sequence[Path]) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(_decode_one, paths))


def _decode_one(path: Path) -> None:
    simplejpeg.decode_jpeg(path.read_bytes(), "RGB", min_height=1, min_width=1)
