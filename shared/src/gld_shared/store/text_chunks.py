"""Chunks of strings by Zarr's codec ``vlen-utf8``: their number, then each one's length and bytes.

Numbers are uint32, little-endian. Reading them without Zarr saves its import, and most of the time
of a million ids.
"""

import numpy as np
import polars as pl

from gld_shared.errors import DataError
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import CHECKSUM_BYTES, checksum

_NUMBER = 4
_SEPARATOR = "\n"


def read_strings(layout: ArrayLayout, chunk: int) -> pl.Series:
    """Read the strings of a chunk whose file is plain and ends with a checksum.

    Raises DataError for a file that does not match it, and for what is no such chunk.
    """
    file = layout.file(chunk)
    count = min(layout.chunk_shape[0], layout.shape[0] - chunk * layout.chunk_shape[0])
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}; {layout.restore}") from error
    content, end = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if checksum(np.frombuffer(content, np.uint8)) != end:
        raise DataError(f"{file}: damaged, its checksum does not match; {layout.restore}")
    try:
        return strings(content, count)
    except ValueError as error:
        raise DataError(f"{file}: damaged ({error}); {layout.restore}") from error


def strings(data: bytes, count: int) -> pl.Series:
    """Return the first strings of a chunk. Raises ValueError for data that do not hold them."""
    if _number(data, 0) < count:
        raise ValueError(f"{_number(data, 0)} strings, expected {count}")
    found = _of_one_length(data, count)
    return pl.Series(_one_by_one(data, count), dtype=pl.String) if found is None else found


def _of_one_length(data: bytes, count: int) -> pl.Series | None:
    """Return the strings if all are plain and as long as the first, as most ids are; else None."""
    size = _number(data, _NUMBER) if count else 0
    if not size or len(data) < _NUMBER + count * (_NUMBER + size):
        return None
    records = np.frombuffer(data, np.uint8, count * (_NUMBER + size), _NUMBER)
    records = records.reshape(count, _NUMBER + size)
    if (records[:, :_NUMBER] != records[:1, :_NUMBER]).any():
        return None
    # No string of them becomes an object of Python.
    lines = np.empty((count, size + 1), np.uint8)
    lines[:, :size] = records[:, _NUMBER:]
    lines[:, size] = ord(_SEPARATOR)
    text = lines.tobytes()
    if not text.isascii() or text.count(_SEPARATOR.encode()) != count:
        return None
    return pl.Series([text[:-1].decode()], dtype=pl.String).str.split(_SEPARATOR).explode()


def _one_by_one(data: bytes, count: int) -> list[str]:
    found, start = [], _NUMBER
    for _ in range(count):
        start, size = start + _NUMBER, _number(data, start)
        if start + size > len(data):
            raise ValueError(f"a string of {size:,} bytes at {start:,} of {len(data):,}")
        found.append(data[start : start + size].decode())
        start += size
    return found


def _number(data: bytes, start: int) -> int:
    if start + _NUMBER > len(data):
        raise ValueError(f"ends at {len(data):,}, where a number is")
    return int.from_bytes(data[start : start + _NUMBER], "little")
