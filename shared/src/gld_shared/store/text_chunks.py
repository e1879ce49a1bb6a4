"""Chunks of strings by Zarr's codec ``vlen-utf8``: their number, then each one's length and bytes.

Numbers are uint32, little-endian. Reading them without Zarr saves its import, and most of the time
of a million ids.
"""

import numpy as np

from gld_shared.errors import DataError
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import CHECKSUM_BYTES, checksum
from gld_shared.store.regular_files import unreadable
from gld_shared.store.strings import Strings

_NUMBER = 4
# The first two bits of a byte of UTF-8, and those of one within a character.
_KIND, _WITHIN = 0xC0, 0x80


def read_strings(layout: ArrayLayout, chunk: int) -> Strings:
    """Read the strings of a chunk whose file is plain and ends with a checksum.

    Raises DataError for a file that does not match it, and for what is no such chunk.
    """
    file = layout.file(chunk)
    count = min(layout.chunk_shape[0], layout.shape[0] - chunk * layout.chunk_shape[0])
    try:
        data = memoryview(file.read_bytes())
    except OSError as error:
        raise unreadable(file, error, layout.restore) from error
    content, end = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if checksum(np.frombuffer(content, np.uint8)) != end:
        raise DataError(f"{file}: damaged, its checksum does not match; {layout.restore}")
    try:
        return strings(content, count)
    except ValueError as error:
        raise DataError(f"{file}: damaged ({error}); {layout.restore}") from error


def strings(data: memoryview, count: int) -> Strings:
    """Return the first strings of a chunk. Raises ValueError for data that do not hold them."""
    if _number(data, 0) < count:
        raise ValueError(f"{_number(data, 0)} strings, expected {count}")
    found = (
        _of_one_length(data, count) or _short_without_zeros(data, count) or _one_by_one(data, count)
    )
    _refuse_other_text(found)
    return found


def _of_one_length(data: memoryview, count: int) -> Strings | None:
    """Return the strings if all are as long as the first one, as numbers of some digits are."""
    if not count or len(data) < 2 * _NUMBER:
        return None
    size = _number(data, _NUMBER)
    if _NUMBER + count * (_NUMBER + size) > len(data):
        return None
    record = np.dtype([("size", "<u4"), ("text", np.uint8, (size,))])
    records = np.frombuffer(data, record, count, _NUMBER)
    if (records["size"] != size).any():
        return None
    return Strings(records["text"].tobytes(), np.arange(count + 1) * size)


def _short_without_zeros(data: memoryview, count: int) -> Strings | None:
    """Return the strings if each has 1 to 255 bytes, none of them 0, as ids; else None.

    Then the zeros are those of the numbers, three each, and no string becomes an object of Python.
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
    without_numbers = ends - _NUMBER * np.arange(1, count + 1)
    return Strings(text.tobytes().translate(None, b"\0"), np.append(0, without_numbers))


def _one_by_one(data: memoryview, count: int) -> Strings:
    found, start = [], _NUMBER
    for _ in range(count):
        start, size = start + _NUMBER, _number(data, start)
        if start + size > len(data):
            raise ValueError(f"a string of {size:,} bytes at {start:,} of {len(data):,}")
        found.append(data[start : start + size])
        start += size
    return Strings(b"".join(found), np.cumsum([0, *map(len, found)]))


def _refuse_other_text(found: Strings) -> None:
    """Raise ValueError unless each string is UTF-8 by itself."""
    if found.text.isascii():
        return
    found.text.decode()
    starts = found.ends[:-1][np.diff(found.ends) > 0]
    within = np.frombuffer(found.text, np.uint8)[starts] & _KIND == _WITHIN
    if within.any():
        raise ValueError(f"a string that begins within a character at {starts[within][0]:,}")


def _number(data: memoryview, start: int) -> int:
    if start + _NUMBER > len(data):
        raise ValueError(f"ends at {len(data):,}, where a number is")
    return int.from_bytes(data[start : start + _NUMBER], "little")
