"""Stores of random vectors of length 1."""

from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter, open_store

DIMENSION = 512


def random_store(path: Path, count: int) -> EmbeddingStore:
    """Write a store of random vectors of length 1."""
    generator = np.random.default_rng(count)
    writer = StoreWriter.open(path, StoreSpec(pl.Series(range(count)).cast(pl.String), DIMENSION))
    for chunk in range(writer.chunks):
        shape = (len(writer.rows_of(chunk)), DIMENSION)
        vectors = generator.standard_normal(shape, dtype=np.float32)
        writer.write_chunk(chunk, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return open_store(writer.finish())


def queries_and_index(folder: Path, queries: int, images: int) -> list[EmbeddingStore]:
    """Write both stores to a folder, as ``queries.zarr`` and ``index.zarr``."""
    return [
        random_store(folder / "queries.zarr", queries),
        random_store(folder / "index.zarr", images),
    ]
