"""A store of embeddings and its alternatives: plain Zarr, and one raw file.

The files are in memory (tmpfs) if possible, to measure layout and code, not the disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import zarr
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter, open_store

ROWS, DIMENSION = 300_000, 512
_MEMORY = Path("/dev/shm")
Vectors = npt.NDArray[np.float16]


def make_folder() -> Path:
    """Make a new folder, in memory if possible."""
    root = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="gld-bench-", dir=root))


def make_vectors(rows: int) -> Vectors:
    """Draw random vectors of length 1, float16 ``(rows, DIMENSION)``."""
    vectors = np.random.default_rng(0).standard_normal((rows, DIMENSION), dtype=np.float32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def make_ids(rows: int) -> pl.Series:
    """Return ids of 16 characters."""
    return pl.Series([f"{row:016x}" for row in range(rows)])


def create_store(path: Path, ids: pl.Series) -> StoreWriter:
    """Create an empty store with its ids."""
    shutil.rmtree(path, ignore_errors=True)
    return StoreWriter.open(path, StoreSpec(ids, DIMENSION))


def write_chunks(writer: StoreWriter, vectors: Vectors) -> None:
    """Write the vectors as gld-embed does."""
    for chunk in range(writer.chunks):
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, vectors[rows.start : rows.stop])


def write_store(path: Path, ids: pl.Series, vectors: Vectors) -> Path:
    """Write ids and vectors as gld-embed does."""
    writer = create_store(path, ids)
    write_chunks(writer, vectors)
    return writer.finish()


def write_zarr(path: Path, vectors: Vectors) -> zarr.Array:
    """Write with Zarr's own chunks and codec."""
    shutil.rmtree(path, ignore_errors=True)
    array = zarr.create_array(path, shape=vectors.shape, dtype=vectors.dtype)
    array[:] = vectors
    return array


def write_raw(path: Path, vectors: Vectors) -> None:
    """Write the bytes to one file."""
    with path.open("wb") as stream:
        stream.write(vectors.data)
        stream.flush()
        os.fsync(stream.fileno())


def make_all(rows: int) -> tuple[EmbeddingStore, zarr.Array, Path]:
    """Write the same vectors as a store, as plain Zarr, and as a raw file."""
    vectors, folder = make_vectors(rows), make_folder()
    write_raw(folder / "raw", vectors)
    store = open_store(write_store(folder / "ours.zarr", make_ids(rows), vectors))
    return store, write_zarr(folder / "plain.zarr", vectors), folder / "raw"
