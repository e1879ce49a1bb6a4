"""The layout of an embedding store: the files of its parts, and the rows per chunk."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import zarr

from gld_shared.store.checksums import CHECKSUM_BYTES

FORMAT = "gld-embeddings/1"
METADATA = "zarr.json"
ARRAYS = ("ids", "vectors")
RESTORE = "restore the store from a copy, or embed again under another name"
_Codec = tuple[str, dict[str, Any]]
_CHECKSUM: _Codec = ("crc32c", {})
# The codec that turns an array into bytes. Any codec after it but a checksum is another layout.
_SERIALIZERS: dict[str, _Codec] = {
    "ids": ("vlen-utf8", {}),
    "vectors": ("bytes", {"endian": "little"}),
}


def chunk_file(store: Path, chunk: int) -> Path:
    """Return the file of a chunk of vectors."""
    return store / f"vectors/c/{chunk}/0"


def chunk_files(store: Path, group: zarr.Group, name: str) -> list[Path]:
    """Return the files of all chunks of ids or vectors, in order, in gld's own layout."""
    array = array_of(group, name)
    chunks = -(-array.shape[0] // array.chunks[0])
    if name == "vectors":
        return [chunk_file(store, chunk) for chunk in range(chunks)]
    return [store / f"ids/c/{chunk}" for chunk in range(chunks)]


def array_of(group: zarr.Group, name: str) -> zarr.Array[Any]:
    """Return ``ids`` or ``vectors``."""
    return cast(zarr.Array[Any], group[name])


def is_plain(group: zarr.Group, name: str) -> bool:
    """Return whether an array is in gld's own layout: a file holds the plain bytes of a chunk.

    Only a checksum may follow them. Other codecs, shards and names of files are left to Zarr.
    """
    array = array_of(group, name)
    return (
        _codecs(array) in ([_SERIALIZERS[name]], [_SERIALIZERS[name], _CHECKSUM])
        and array.metadata.to_dict()["chunk_key_encoding"]
        == {"name": "default", "configuration": {"separator": "/"}}
        and array.chunks[1:] == array.shape[1:]
    )


def has_checksums(group: zarr.Group, name: str) -> bool:
    """Return whether Zarr's codec ``crc32c`` is the last of an array's codecs."""
    return _codecs(array_of(group, name))[-1] == _CHECKSUM


def _codecs(array: zarr.Array[Any]) -> list[_Codec]:
    codecs = cast(Sequence[dict[str, Any]], array.metadata.to_dict()["codecs"])
    return [(codec["name"], codec.get("configuration") or {}) for codec in codecs]


def chunk_bytes(group: zarr.Group) -> int:
    """Return the length of each file of vectors in gld's own layout, its checksum included."""
    vectors = array_of(group, "vectors")
    checksum = CHECKSUM_BYTES if has_checksums(group, "vectors") else 0
    return math.prod(vectors.chunks) * np.dtype(vectors.dtype).itemsize + checksum


def partial_of(path: Path) -> Path:
    """Return the name of a store while it is being written."""
    return path.with_name(path.name + ".partial")


# A chunk is also a unit of work, so a small store has small chunks that processes can share. Large
# stores have large ones, because many small files are slow to read.
_CHUNKS_WANTED = 64
_FEWEST_ROWS, _MOST_ROWS = 64, 1024
_MAXIMUM_CHUNK_BYTES = 16 << 20


def rows_per_chunk(n: int, dimension: int, dtype: str) -> int:
    """Return the number of rows per chunk in a store of ``n`` rows: a power of two."""
    rows = _FEWEST_ROWS
    while rows < _MOST_ROWS and rows * _CHUNKS_WANTED < n:
        rows *= 2
    while rows > 1 and rows * dimension * np.dtype(dtype).itemsize > _MAXIMUM_CHUNK_BYTES:
        rows //= 2
    return rows
