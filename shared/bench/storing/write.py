"""Writing a store of vectors in memory."""

import shutil
from functools import partial

from measure import LIMIT, OURS, PLAIN, Benchmark

from storing.stores import (
    ROWS,
    create_store,
    make_folder,
    make_ids,
    make_vectors,
    write_chunks,
    write_raw,
    write_store,
    write_zarr,
)

VECTORS = "vectors alone"
# In memory, where a disk takes no time, the bytes of a chunk are written in 0.29 ms, and a file is
# opened and renamed in 0.05 ms. A checksum takes 0.12 ms, one pass at 9 GB/s, so vectors alone can
# reach 0.71 of the limit at best. A whole store also has 300,000 ids, which Zarr writes in 0.08 s.
_GOALS = {(VECTORS, LIMIT): 0.6, (OURS, LIMIT): 0.3}


def benchmark() -> Benchmark:
    """Write 300,000 vectors of 512 values in float16."""
    return of_size(ROWS)


def of_size(rows: int) -> Benchmark:
    """Write so many vectors of 512 values in float16."""
    vectors, ids, folder = make_vectors(rows), make_ids(rows), make_folder()
    created = create_store(folder / "created.zarr", ids)
    return Benchmark(
        "store-write",
        "rows",
        rows,
        {
            OURS: lambda: write_store(folder / "ours.zarr", ids, vectors),
            VECTORS: lambda: write_chunks(created, vectors),
            PLAIN: lambda: write_zarr(folder / "plain.zarr", vectors),
            LIMIT: lambda: write_raw(folder / "raw", vectors),
        },
        {
            OURS: "StoreWriter: each chunk synced and renamed, ids too",
            VECTORS: "its chunks of vectors, in a store created before",
            PLAIN: "plain zarr, no ids",
            LIMIT: "the bytes to one file, synced",
        },
        {(OURS, PLAIN): 1, **_GOALS},
        partial(shutil.rmtree, folder),
    )
