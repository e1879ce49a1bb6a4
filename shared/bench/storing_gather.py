"""Reading rows of a store in random order, as float32."""

import numpy as np
from gld_shared.embeddings import open_store
from measure import LIMIT, OURS, PLAIN, Benchmark
from storing import ROWS, make_folder, make_vectors, write_raw, write_store, write_zarr

_GATHERED = 50_000


def benchmark() -> Benchmark:
    """50,000 of 300,000 vectors of 512 values in float16."""
    vectors, folder = make_vectors(), make_folder()
    store = open_store(write_store(folder / "ours.zarr", vectors))
    plain = write_zarr(folder / "plain.zarr", vectors)
    write_raw(folder / "raw", vectors)
    mapped = np.memmap(folder / "raw", np.float16, "r", shape=vectors.shape)
    rows = np.random.default_rng(0).permutation(ROWS)[:_GATHERED]
    return Benchmark(
        "store-gather",
        "rows",
        _GATHERED,
        {
            OURS: lambda: store.read(rows),
            PLAIN: lambda: plain.oindex[rows].astype(np.float32),
            LIMIT: lambda: mapped[rows].astype(np.float32),
        },
        {
            OURS: "EmbeddingStore.read",
            PLAIN: "zarr as it comes, by its index of rows",
            LIMIT: "numpy.memmap of one file",
        },
    )
