"""The check of the files that hold an array's chunks: all of them, regular, of the right length."""

import math
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.layout import METADATA
from gld_shared.store.regular_files import size_of, unreadable

# An id, such as the name of an image, may have this many bytes on average.
_LONGEST_ID = 4096
# No codec turns values into less than this share of their bytes, nor into more than twice.
_MOST_COMPRESSED = 2000
_CODEC_OVERHEAD = 1 << 20
_MOST_COUNTED = 100_000


def check_chunk_files(layout: ArrayLayout) -> None:
    """Raise DataError unless an array has the file of each chunk and no more.

    A file's length is checked as far as codecs let it be known: exactly for plain vectors. Nothing
    is read, except the number of ids in each plain chunk.
    """
    low, high = _lengths(layout)
    total = 0
    for file in layout.files():
        size = size_of(file, layout.restore)
        if size is None:
            raise DataError(f"{file}: missing ({_count_missing(layout)}); {layout.restore}")
        if not low <= size <= high:
            raise DataError(
                f"{file}: {size:,} bytes, expected {_range(low, high)}; {layout.restore}"
            )
        total += size
    if math.prod(layout.shape) * layout.value_bytes > total * _MOST_COMPRESSED + _CODEC_OVERHEAD:
        raise DataError(
            f"{layout.folder}: {total:,} bytes of chunks, too few for the {list(layout.shape)} "
            f"values that its zarr.json names; {layout.restore}"
        )
    _check_nothing_beyond(layout)
    if layout.name == "ids" and layout.is_plain:
        for file in layout.files():
            _check_count(file, layout.chunk_shape[0], layout.restore)


def _lengths(layout: ArrayLayout) -> tuple[int, int]:
    """Return the least and the most bytes of a chunk's file."""
    values = math.prod(layout.chunk_shape)
    if layout.name == "ids":
        low, high = 4 + 4 * values, 4 + (4 + _LONGEST_ID) * values
    else:
        low = high = values * layout.value_bytes
    if layout.is_plain:
        return low + layout.checksum_bytes, high + layout.checksum_bytes
    return 1, 2 * high + _CODEC_OVERHEAD


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _count_missing(layout: ArrayLayout) -> str:
    count = math.prod(layout.chunks)
    of_all = f"of {count:,} chunks of {layout.name}"
    if count > _MOST_COUNTED:
        return of_all
    return f"{sum(size_of(file, layout.restore) is None for file in layout.files())} {of_all} are"


def _check_nothing_beyond(layout: ArrayLayout) -> None:
    """Raise DataError for a chunk after the last row, which a shorter shape would hide."""
    beyond = layout.file(layout.chunks[0], *(0 for _ in layout.chunks[1:]))
    if size_of(beyond, layout.restore) is not None:
        raise DataError(
            f"{beyond}: a chunk after the last of the {layout.shape[0]:,} rows that "
            f"{layout.folder / METADATA} names; {layout.restore}"
        )


def _check_count(file: Path, expected: int, restore: str) -> None:
    """Raise DataError unless a plain chunk of ids says that it has as many as the chunk's shape."""
    try:
        with file.open("rb") as stream:
            found = int.from_bytes(stream.read(4), "little")
    except OSError as error:
        raise unreadable(file, error, restore) from error
    if found != expected:
        raise DataError(f"{file}: holds {found:,} ids, expected {expected:,}; {restore}")
