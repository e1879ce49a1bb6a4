"""The time of a search of a million images by the number of queries, and by k."""

import shutil
from collections.abc import Iterator
from functools import partial

from measure import LIMIT, OURS, Benchmark
from storing.stores import make_folder

from searching.inputs import random_store
from searching.variants import BLOCK, K, function, product_only

IMAGES = 1_000_000
# Queries and k.
POINTS = ((10, K), (100, K), (1_000, 1), (1_000, K), (1_000, 10_000), (10_000, K))


def benchmark(images: int = IMAGES) -> Iterator[Benchmark]:
    """Search, and compute the fp32 product alone, with all cores."""
    folder = make_folder()
    try:
        index = random_store(folder / "index.zarr", images)
        vectors = index.read(slice(0, images))
        for queries, k in POINTS:
            store = random_store(folder / f"{queries}-{k}.zarr", queries)
            variants = {
                OURS: partial(function, store, index, k),
                LIMIT: partial(product_only, store.read(slice(0, queries)), vectors),
            }
            notes = {
                OURS: "gld_search.search: from mapped stores to the table",
                LIMIT: f"torch: the fp32 product alone, in blocks of {BLOCK:,} rows in memory",
            }
            name = f"search {images:,}, {queries:,} queries, k {k:,}"
            yield Benchmark(name, "queries", queries, variants, notes, {(OURS, LIMIT): 0.9})
    finally:
        shutil.rmtree(folder)
