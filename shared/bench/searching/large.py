"""4.8 million images, and the peak of anonymous memory; the store takes 4.9 GB of the disk."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from measure import LIMIT, OURS, Benchmark

from searching.inputs import queries_and_index
from searching.variants import BLOCK, COMMAND, COMMAND_NOTE, command, function, product_only

QUERIES, IMAGES = 1_129, 4_800_000


def benchmark(images: int = IMAGES) -> Benchmark:
    """Find the top 100 of random unit vectors, with all cores."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    stores = queries_and_index(folder, QUERIES, images)
    queries, block = stores[0].read(slice(0, QUERIES)), stores[1].read(slice(0, BLOCK))
    notes = {
        OURS: "gld_search.search: from mapped stores to the table",
        COMMAND: COMMAND_NOTE,
        LIMIT: f"torch: the fp32 matrix product alone, with one block of {BLOCK:,} rows",
    }

    def command_in_memory() -> None:
        peak = command(folder)
        notes[COMMAND] = f"{COMMAND_NOTE}; peak of anonymous memory {peak / 1e6:.0f} MB"

    variants = {
        OURS: partial(function, *stores),
        COMMAND: command_in_memory,
        LIMIT: partial(_product, queries, block, images),
    }
    goals = {(OURS, LIMIT): 1.8}
    close = partial(shutil.rmtree, folder)
    return Benchmark(f"search {images:,}", "queries", QUERIES, variants, notes, goals, close)


def _product(queries: np.ndarray, block: np.ndarray, images: int) -> None:
    for _ in range(0, images, BLOCK):
        product_only(queries, block)
