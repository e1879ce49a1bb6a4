"""1,129 queries of the competition's validation in two sizes of index, on one core and on all."""

import os
import shutil
from collections.abc import Iterator, Sequence
from functools import partial

import faiss
from gld_shared.search.bfloat16_products import is_worth_it
from measure import LIMIT, OURS, PLAIN, Benchmark
from storing.stores import make_folder

from searching.inputs import DIMENSION, queries_and_index
from searching.variants import (
    BLOCK,
    COMMAND,
    COMMAND_NOTE,
    FAISS,
    FLOAT32,
    PASSES,
    K,
    command,
    function,
    function_in_float32,
    on_cores,
    passes,
    product_only,
    sorting_all,
)

QUERIES = 1_129
IMAGES = (78_959, 1_000_000)
# A whole matrix of similarities is too large for the second.
MOST_SORTED = 100_000
# Searches after which compiled loops take over.
_BEFORE = 6
# Below, the exact scores of 100 neighbours take most of the time, whatever the index.
LEAST_WITH_GOALS = 50_000


def benchmark(sizes: Sequence[int] = IMAGES) -> Iterator[Benchmark]:
    """Find the top 100 of random unit vectors."""
    cores = sorted({1, len(os.sched_getaffinity(0))})
    return (_on_cores(images, count) for images in sizes for count in cores)


def of_size(images: int) -> Benchmark:
    """Find the top 100 of so many random unit vectors on all cores."""
    return _on_cores(images, len(os.sched_getaffinity(0)))


def _on_cores(images: int, cores: int) -> Benchmark:
    folder = make_folder()
    stores = queries_and_index(folder, QUERIES, images)
    queries, index = (store.read(slice(0, store.n)) for store in stores)
    for _ in range(_BEFORE):
        function(*stores)
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(index)
    variants = {
        OURS: partial(function, *stores),
        COMMAND: partial(command, folder),
        FLOAT32: partial(function_in_float32, *stores),
        PASSES: passes(*stores),
        LIMIT: partial(product_only, queries, index),
        FAISS: partial(flat.search, queries, K),
        PLAIN: partial(sorting_all, queries, index),
    }
    notes = {
        OURS: f"gld_search.search: from mapped stores to the table, after {_BEFORE} such searches",
        COMMAND: COMMAND_NOTE,
        FLOAT32: "gld_search.search without bfloat16",
        PASSES: "the bfloat16 product of the mapped index and the scores of the neighbours, alone",
        LIMIT: f"torch: the fp32 matrix product alone, in blocks of {BLOCK:,} rows in memory",
        FAISS: "faiss.IndexFlatIP of the wheel, in memory",
        PLAIN: "numpy: whole matrix of similarities in memory, then argsort of its rows",
    }
    goals = {(OURS, LIMIT): 0.9, (OURS, FAISS): 3.0}
    if is_worth_it(1e12):
        goals[(OURS, LIMIT)] = 1.8
    if images <= MOST_SORTED:
        goals[(OURS, PLAIN)] = 5.0
    else:
        del variants[PLAIN]
    if images < LEAST_WITH_GOALS:
        goals = {}
    limited = {name: on_cores(cores, variant) for name, variant in variants.items()}
    name = f"search {images:,}, {cores} cores"
    return Benchmark(
        name, "queries", QUERIES, limited, notes, goals, partial(shutil.rmtree, folder)
    )
