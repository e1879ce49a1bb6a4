"""The graph of a store of a million images: one unit of its search, of which the whole has 245."""

import shutil
from collections.abc import Callable
from functools import partial

import numpy as np
from gld_search import Search
from gld_shared.neighbours.spec import queries_per_chunk
from measure import LIMIT, OURS, Benchmark
from searching.inputs import random_store
from searching.products import fastest_product
from storing.stores import make_folder

IMAGES, K = 1_000_000, 30
UNIT = queries_per_chunk(IMAGES, K)


def benchmark() -> Benchmark:
    """Find the 30 nearest others of the first images, with all cores, as gld-search does a unit."""
    folder = make_folder()
    store = random_store(folder / "store.zarr", IMAGES)
    search = Search([store], [store], K)
    vectors = store.read(slice(0, IMAGES))
    note, product = fastest_product(vectors[:UNIT], vectors)
    variants: dict[str, Callable[[], object]] = {
        OURS: partial(_find, search),
        LIMIT: product,
    }
    notes = {
        OURS: f"a unit of {UNIT:,} images; the graph of {IMAGES:,} takes {IMAGES / UNIT:.0f} times "
        "as long",
        LIMIT: note,
    }
    close = partial(shutil.rmtree, folder)
    return Benchmark("graph", "images", UNIT, variants, notes, {(OURS, LIMIT): 0.9}, close)


def _find(search: Search) -> np.ndarray:
    return search.find(range(UNIT))[0]
