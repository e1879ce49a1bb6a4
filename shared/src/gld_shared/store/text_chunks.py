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
# Strings that are read faster one by one. Nor do they start the threads of polars, which a process
# that is forked later has no share of.
_FEW = 512


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
    found = _short_without_zeros(data, count) if count > _FEW else None
    return pl.Series(_one_by_one(data, count), dtype=pl.String) if found is None else found


def _short_without_zeros(data: bytes, count: int) -> pl.Series | None:
    """Return the strings if each has 1 to 255 bytes, none of them 0, as ids; else None.

    Then the zeros are those of the numbers, three each, and no string becomes an object of Python.
    Raises ValueError for what is no UTF-8.
    """
    records = np.frombuffer(data, np.uint8, offset=_NUMBER)
    zeros = np.flatnonzero(records == 0)[: (_NUMBER - 1) * count]
    if not count or len(zeros) < (_NUMBER - 1) * count:
        return None
    starts = zeros[:: _NUMBER - 1] - 1
    ends = starts + _NUMBER + records[starts]
    are_numbers = (zeros.reshape(count, -1) == starts[:, None] + np.arange(1, _NUMBER)).all()
    follow = starts[0] == 0 and (starts[1:] == ends[:-1]).all() and ends[-1] <= len(records)
    if not (are_numbers and follow):
        return None
    text = records[: ends[-1]].copy()
    text[starts] = 0
    series = pl.Series([text[_NUMBER:].tobytes().decode()], dtype=pl.String)
    return series.str.split("\0" * _NUMBER).explode()


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
