"""4.8 million images, and the peak of anonymous memory; the store takes 4.9 GB of the disk."""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure import LIMIT, OURS, Benchmark

from searching.inputs import queries_and_index
from searching.products import BLOCK, fastest_product
from searching.variants import COMMAND, COMMAND_NOTE, command, function

QUERIES, IMAGES = 1_129, 4_800_000


def benchmark(images: int = IMAGES) -> Benchmark:
    """Find the top 100 of random unit vectors, with all cores."""
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-"))
    stores = queries_and_index(folder, QUERIES, images)
    queries, block = stores[0].read(slice(0, QUERIES)), stores[1].read(slice(0, BLOCK))
    note, product = fastest_product(queries, block)
    notes = {
        OURS: "gld_search.search: from mapped stores to the table",
        COMMAND: COMMAND_NOTE,
        LIMIT: f"{note}, the same one again and again",
    }

    def command_in_memory() -> None:
        peak = command(folder)
        notes[COMMAND] = f"{COMMAND_NOTE}; peak of anonymous memory {peak / 1e6:.0f} MB"

    variants: dict[str, Callable[[], object]] = {
        OURS: partial(function, *stores),
        COMMAND: command_in_memory,
        LIMIT: partial(_repeat, product, -(-images // BLOCK)),
    }
    goals = {(OURS, LIMIT): 1.8}
    close = partial(shutil.rmtree, folder)
    return Benchmark(f"search {images:,}", "queries", QUERIES, variants, notes, goals, close)


def _repeat(product: Callable[[], None], times: int) -> None:
    for _ in range(times):
        product()
