"""Reading neighbours as arrays. Whatever is read is checked: damage is an error, never a result."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.neighbours.contract import NEIGHBOUR_ARRAYS
from gld_shared.neighbours.rules import first_broken
from gld_shared.provenance import History
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.chunk_files import check_chunk_files
from gld_shared.store.digest_check import check_chunk_digests, check_metadata_digests
from gld_shared.store.digests import has_digests, own_digest, without_digests
from gld_shared.store.layout import partial_of
from gld_shared.store.mapped_rows import MappedRows
from gld_shared.store.wanted_rows import bounds_of, numbers_of
from gld_shared.store.zarr_group import ZarrGroup, read_zarr_group

# Neighbours that are read at once.
_PAIRS = 1 << 22


class NeighbourArrays:
    """Neighbours as arrays, opened for reading: rows of the index and scores, (n, k).

    Row i belongs to row i of the query store. Reading raises DataError for damage, naming the file
    or the row. Memory: the rows being read.
    """

    def __init__(self, group: ZarrGroup, checksums: Mapping[str, bytes]) -> None:
        """Use ``open_arrays``, which checks the group."""
        self.path = group.folder
        self._group = group
        self.header: dict[str, Any] = without_digests(group.attributes)
        rows, scores = group.layouts
        self.n, self.k = rows.shape
        self._rows = MappedRows(rows, np.int64, checksums[rows.name])
        self._scores = MappedRows(scores, np.float32, checksums[scores.name])

    @property
    def history(self) -> History:
        """The steps that made these neighbours, oldest first."""
        return list(self.header["history"])

    @cached_property
    def sha256(self) -> str:
        """The neighbours' own digest, over the SHA-256 of each chunk as it was written."""
        return own_digest(self._group)

    def read(self, queries: slice | Rows) -> tuple[Rows, Floats]:
        """Read rows of the index (q, k), -1 = none, and scores (q, k) of some queries.

        A row is at least -1; that it is below the index's number of images is not known here.
        """
        if isinstance(queries, slice):
            start, stop = bounds_of(queries, self.n)
            numbers = np.arange(start, stop)
            rows = self._rows.read_range(start, stop)
            scores = self._scores.read_range(start, stop)
        else:
            numbers = numbers_of(queries, self.n)
            rows, scores = self._rows.read_rows(numbers), self._scores.read_rows(numbers)
        broken = first_broken(rows, scores)
        if broken is not None:
            place, fault = broken
            raise DataError(
                f"{self.path}: row {numbers[place]}: {fault}; {NEIGHBOUR_ARRAYS.restore}"
            )
        return rows, scores

    def blocks(self, pairs: int = _PAIRS) -> Iterator[tuple[int, Rows, Floats]]:
        """Yield (first query, rows, scores) of about ``pairs`` neighbours at a time."""
        step = max(1, pairs // self.k)
        for start in range(0, self.n, step):
            yield start, *self.read(slice(start, start + step))

    def verify(self) -> None:
        """Read everything. Raises DataError for damage, as reading does."""
        for _ in self.blocks():
            pass


def open_arrays(path: str | Path) -> NeighbourArrays:
    """Open neighbours as arrays, and check all but their values, which reading checks.

    Raises DataError when they are missing, unfinished, damaged or of another program.
    """
    folder = Path(path)
    if not folder.exists():
        raise _missing(folder)
    group = read_zarr_group(folder, NEIGHBOUR_ARRAYS)
    _check_own(group)
    check_metadata_digests(group)
    for layout in group.layouts:
        check_chunk_files(layout)
    return NeighbourArrays(group, check_chunk_digests(group))


def check_below(rows: Rows, n: int, path: str | Path) -> None:
    """Raise DataError for a row of the index that its ``n`` images do not have."""
    if (rows >= n).any():
        raise DataError(
            f"{path}: names row {rows.max():,} of an index of {counted(n, 'image')}; "
            f"{NEIGHBOUR_ARRAYS.restore}"
        )


def _missing(folder: Path) -> DataError:
    partial = partial_of(folder)
    if partial.exists():
        return DataError(
            f"{folder}: not finished, only {partial} is there; "
            "run the command that makes it again, it resumes where it stopped"
        )
    return DataError(f"{folder}: not found; expected neighbours made by gld-search or gld-rerank")


def _check_own(group: ZarrGroup) -> None:
    """Raise DataError unless the arrays have gld's layout, and the digests of finished ones."""
    fault = _foreign_layout(*group.layouts)
    if fault is None and not has_digests(group):
        fault = "has no attribute digests, which finished neighbours have"
    if fault is not None:
        raise DataError(f"{group.folder}: {fault}; {NEIGHBOUR_ARRAYS.restore}")


def _foreign_layout(rows: ArrayLayout, scores: ArrayLayout) -> str | None:
    """Return how the layout of arrays differs from gld's, or None."""
    if rows.shape != scores.shape:
        return f"rows have shape {rows.shape} and scores {scores.shape}, expected the same"
    if rows.chunk_shape != scores.chunk_shape:
        return (
            f"rows have chunks of shape {rows.chunk_shape} and scores {scores.chunk_shape}, "
            "expected the same"
        )
    for layout in (rows, scores):
        if not (layout.is_plain and layout.has_checksums):
            return (
                f"{layout.name}: has other codecs or chunks than gld writes; expected chunks of "
                "whole rows, little-endian, without compression, and the codec crc32c last"
            )
    return None
