"""Reading rows of a store in random order, as float32."""

import shutil
from functools import partial

import numpy as np
from measure import LIMIT, OURS, PLAIN, Benchmark

from storing.stores import DIMENSION, ROWS, make_all


def benchmark() -> Benchmark:
    """Read 50,000 of 300,000 vectors of 512 values in float16."""
    return of_size(ROWS)


def of_size(count: int) -> Benchmark:
    """Read a sixth of so many vectors of 512 values in float16."""
    store, plain, raw = make_all(count)
    mapped = np.memmap(raw, np.float16, "r", shape=(count, DIMENSION))
    rows = np.random.default_rng(0).permutation(count)[: count // 6]
    return Benchmark(
        "store-gather",
        "rows",
        len(rows),
        {
            OURS: lambda: store.read(rows),
            PLAIN: lambda: plain.oindex[rows].astype(np.float32),
            LIMIT: lambda: mapped[rows].astype(np.float32),
        },
        {
            OURS: "EmbeddingStore.read",
            PLAIN: "plain zarr, by its index of rows",
            LIMIT: "numpy.memmap of one file",
        },
        close=partial(shutil.rmtree, raw.parent),
    )
