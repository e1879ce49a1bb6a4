"""1,129 queries of the competition's validation in two sizes of index, on one core and on all."""

import os
import shutil
from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial

import faiss
from gld_shared.search.precision import fastest_of_cpu
from measure import LIMIT, OURS, PLAIN, Benchmark
from storing.stores import make_folder

from searching.inputs import DIMENSION, queries_and_index
from searching.products import fastest_product
from searching.variants import (
    COMMAND,
    COMMAND_NOTE,
    FAISS,
    FLOAT32,
    PASSES,
    SCRIPT_NOTE,
    SCRIPTS,
    K,
    command,
    function,
    function_in_float32,
    on_cores,
    passes,
    script,
    sorting_all,
    write_for_scripts,
)

QUERIES = 1_129
IMAGES = (78_959, 1_000_000)
# A whole matrix of similarities is too large for the second.
MOST_SORTED = 100_000
# Searches after which compiled loops take over.
_BEFORE = 10
# Below, the exact scores of 100 neighbours take most of the time, whatever the index.
LEAST_WITH_GOALS = 50_000
_PRECISION = fastest_of_cpu()
# Than the product in float32.
_FASTER = {"bfloat16": 1.8, "int16": 1.2, "float32": 0.9}


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
    write_for_scripts(folder, dict(zip(("queries", "index"), stores, strict=True)))
    note, product = fastest_product(queries, index)
    variants: dict[str, Callable[[], object]] = {
        OURS: partial(function, *stores),
        COMMAND: partial(command, folder),
        LIMIT: product,
        FAISS: partial(flat.search, queries, K),
        PLAIN: partial(sorting_all, queries, index),
        **{name: partial(script, way, folder) for way, name in SCRIPTS.items()},
    }
    notes = {
        OURS: f"gld_search.search: from mapped stores to the table, after {_BEFORE} such searches",
        COMMAND: COMMAND_NOTE,
        FLOAT32: f"gld_search.search in float32 instead of {_PRECISION}",
        PASSES: f"the {_PRECISION} product of the mapped index and the neighbours' scores, alone",
        LIMIT: note,
        FAISS: "faiss.IndexFlatIP of the wheel, in memory",
        PLAIN: "numpy: whole matrix of similarities in memory, then argsort of its rows",
        **{name: SCRIPT_NOTE for name in SCRIPTS.values()},
    }
    if _PRECISION != "float32":
        variants[FLOAT32] = partial(function_in_float32, *stores)
        variants[PASSES] = passes(*stores)
    if images > MOST_SORTED:
        for name in (PLAIN, SCRIPTS["sort"]):
            del variants[name]
    limited = {name: on_cores(cores, variant) for name, variant in variants.items()}
    name = f"search {images:,}, {cores} cores"
    close = partial(shutil.rmtree, folder)
    return Benchmark(name, "queries", QUERIES, limited, notes, _goals(images, variants), close)


def _goals(images: int, variants: Container[str]) -> dict[tuple[str, str], float]:
    """Return the goals of the function, and of the command beside scripts."""
    if images < LEAST_WITH_GOALS:
        return {}
    faster = _FASTER[_PRECISION]
    goals = {
        (OURS, LIMIT): faster,
        (OURS, FAISS): 3.0,
        (OURS, PLAIN): 5.0,
        (COMMAND, SCRIPTS["product"]): faster,
        (COMMAND, SCRIPTS["faiss"]): 3.0,
        (COMMAND, SCRIPTS["sort"]): 5.0,
    }
    return {(ours, other): goal for (ours, other), goal in goals.items() if other in variants}
