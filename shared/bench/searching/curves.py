"""The time of a search of a million images by the number of queries, and by k."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial

from measure import LIMIT, OURS, Benchmark
from storing.stores import make_folder

from searching.inputs import random_store
from searching.products import fastest_product
from searching.variants import K, function

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
            note, product = fastest_product(store.read(slice(0, queries)), vectors)
            ours = partial(function, store, index, k)
            variants: dict[str, Callable[[], object]] = {OURS: ours, LIMIT: product}
            notes = {OURS: "gld_search.search: from mapped stores to the table", LIMIT: note}
            name = f"search {images:,}, {queries:,} queries, k {k:,}"
            yield Benchmark(name, "queries", queries, variants, notes, {(OURS, LIMIT): 0.9})
    finally:
        shutil.rmtree(folder)
