"""Reading a whole store in blocks, as float32."""

import shutil
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from measure import LIMIT, OURS, PLAIN, Benchmark

from storing.stores import DIMENSION, ROWS, make_all

_BLOCK_ROWS = 16384


def benchmark() -> Benchmark:
    """Read 300,000 vectors of 512 values in float16."""
    return of_size(ROWS)


def of_size(rows: int) -> Benchmark:
    """Read so many vectors of 512 values in float16."""
    store, plain, raw = make_all(rows)
    starts = range(0, rows, _BLOCK_ROWS)
    return Benchmark(
        "store-read",
        "rows",
        rows,
        {
            OURS: lambda: deque(store.blocks(_BLOCK_ROWS), maxlen=0),
            PLAIN: lambda: deque(
                (plain[start : start + _BLOCK_ROWS].astype(np.float32) for start in starts), 0
            ),
            LIMIT: lambda: deque(_read_raw(raw), maxlen=0),
        },
        {
            OURS: "EmbeddingStore.blocks",
            PLAIN: "plain zarr",
            LIMIT: "one file, read in blocks",
        },
        close=partial(shutil.rmtree, raw.parent),
    )


def _read_raw(path: Path) -> Iterator[npt.NDArray[np.float32]]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_ROWS * DIMENSION * 2):
            yield np.frombuffer(block, np.float16).astype(np.float32)
