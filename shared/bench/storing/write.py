"""Writing a store of vectors in memory."""

from measure import LIMIT, OURS, PLAIN, Benchmark

from storing.stores import (
    ROWS,
    create_store,
    make_folder,
    make_vectors,
    write_chunks,
    write_raw,
    write_store,
    write_zarr,
)

VECTORS = "vectors alone"


def benchmark() -> Benchmark:
    """Write 300,000 vectors of 512 values in float16."""
    vectors, folder = make_vectors(), make_folder()
    created = create_store(folder / "created.zarr")
    return Benchmark(
        "store-write",
        "rows",
        ROWS,
        {
            OURS: lambda: write_store(folder / "ours.zarr", vectors),
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
        {(OURS, PLAIN): 1, (OURS, LIMIT): 0.71, (VECTORS, LIMIT): 0.71},
    )
