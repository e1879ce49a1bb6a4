"""The layout of an embedding store: the files of its parts, and the rows per chunk."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import zarr

from gld_shared.errors import DataError

FORMAT = "gld-embeddings/1"
METADATA = "zarr.json"
ARRAYS = ("ids", "vectors")
RESTORE = "restore the store from a copy, or embed again under another name"
_CHECKSUM = {"name": "crc32c"}
# The codec that turns an array into bytes; more than a checksum behind them is another layout.
_SERIALIZERS = {
    "ids": {"name": "vlen-utf8", "configuration": {}},
    "vectors": {"name": "bytes", "configuration": {"endian": "little"}},
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


def read_metadata(file: Path) -> dict[str, Any]:
    """Read a ``zarr.json``. Raises DataError when it is missing or damaged."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{file}: missing or damaged ({error}); {RESTORE}") from error
    if not isinstance(found, dict):
        raise DataError(f"{file}: damaged (no JSON object); {RESTORE}")
    return found


@contextmanager
def zarr_errors(place: Path) -> Iterator[None]:
    """Turn any error of Zarr into a DataError: damaged files make it raise errors of all types."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{place}: damaged ({reason}); {RESTORE}") from error


def open_group(folder: Path) -> zarr.Group:
    """Open the Zarr group of a store, finished or not, and check its format and its arrays."""
    if not (folder / METADATA).is_file():
        raise DataError(f"{folder}: not a Zarr v3 group; expected an embedding store")
    attributes = read_metadata(folder / METADATA).get("attributes")
    found = attributes.get("format") if isinstance(attributes, dict) else None
    if found != FORMAT:
        raise DataError(f"{folder}: format is {found!r}, expected {FORMAT!r}")
    with zarr_errors(folder / METADATA):
        group = zarr.open_group(folder, mode="r", zarr_format=3)
    for name in ARRAYS:
        _check_array(folder, group, name)
    rows = [array_of(group, name).shape[0] for name in ARRAYS]
    if rows[0] != rows[1]:
        raise DataError(f"{folder}: {rows[0]} ids and {rows[1]} vectors; {RESTORE}")
    return group


def _check_array(folder: Path, group: zarr.Group, name: str) -> None:
    file = folder / name / METADATA
    read_metadata(file)
    with zarr_errors(file):
        array, dimensions = array_of(group, name), ARRAYS.index(name) + 1
        kind = np.dtype(array.dtype).kind
    if len(array.shape) != dimensions:
        raise DataError(f"{file}: {len(array.shape)} dimensions, expected {dimensions}; {RESTORE}")
    if name == "vectors" and kind != "f":
        raise DataError(f"{file}: type {array.dtype}, expected float16 or float32; {RESTORE}")


def is_plain(group: zarr.Group, name: str) -> bool:
    """Return whether an array is in gld's own layout: a file holds the plain bytes of a chunk.

    Only a checksum may be behind them. Other codecs, shards and names of files are left to Zarr.
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


def _codecs(array: zarr.Array[Any]) -> list[dict[str, Any]]:
    return list(cast(Sequence[dict[str, Any]], array.metadata.to_dict()["codecs"]))


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
