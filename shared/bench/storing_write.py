"""Writing a store of vectors that are at hand."""

from measure import LIMIT, OURS, PLAIN, Benchmark
from storing import ROWS, make_folder, make_vectors, write_raw, write_store, write_zarr


def benchmark() -> Benchmark:
    """300,000 vectors of 512 values in float16."""
    vectors, folder = make_vectors(), make_folder()
    return Benchmark(
        "store-write",
        "rows",
        ROWS,
        {
            OURS: lambda: write_store(folder / "ours.zarr", vectors),
            PLAIN: lambda: write_zarr(folder / "plain.zarr", vectors),
            LIMIT: lambda: write_raw(folder / "raw", vectors),
        },
        {
            OURS: "StoreWriter: each chunk synced and renamed, ids too",
            PLAIN: "zarr as it comes, no ids",
            LIMIT: "the bytes to one file, synced",
        },
    )
