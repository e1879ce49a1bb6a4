"""The layout of an embedding store: the files of its parts, and the rows per chunk."""

from pathlib import Path

import numpy as np

FORMAT = "gld-embeddings/1"
METADATA = "zarr.json"
RESTORE = "restore the store from a copy, or embed again under another name"


def chunk_file(store: Path, chunk: int) -> Path:
    """Return the file of a chunk of vectors."""
    return store / f"vectors/c/{chunk}/0"


def partial_of(path: Path) -> Path:
    """Return the name of a store while it is being written."""
    return path.with_name(path.name + ".partial")


def how_to_remake_a_chunk(path: Path) -> str:
    """Say how to make a single file of a finished store again, with the same bytes."""
    return (
        f"restore the file from a copy, or remove it, rename {path} to {partial_of(path)} and "
        f"repeat the command that made {path}"
    )


_MAXIMUM_CHUNK_BYTES = 16 << 20
# A chunk is also a unit of work, so a small store has small chunks that processes can share. Large
# stores have large ones, because many small files are slow to read.
_CHUNKS_WANTED = 64
_FEWEST_ROWS, _MOST_ROWS = 64, 1024


def rows_per_chunk(n: int, dimension: int, dtype: str) -> int:
    """Return the number of rows per chunk in a store of ``n`` rows: a power of two."""
    row_bytes = dimension * np.dtype(dtype).itemsize
    return chunk_rows(n, row_bytes, _CHUNKS_WANTED, _FEWEST_ROWS, _MOST_ROWS)


def chunk_rows(n: int, row_bytes: int, wanted: int, fewest: int, most: int) -> int:
    """Return the rows of a chunk: a power of two from ``fewest`` to ``most``, or less if too large.

    It is the least with which ``n`` rows have at most ``wanted`` chunks, if one is.
    """
    rows = fewest
    while rows < most and rows * wanted < n:
        rows *= 2
    while rows > 1 and rows * row_bytes > _MAXIMUM_CHUNK_BYTES:
        rows //= 2
    return rows
