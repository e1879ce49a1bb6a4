"""Arrays in gld's own layout, read by mapping the files of their chunks."""

import mmap
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import checksum
from gld_shared.store.widening import widen

Number = TypeVar("Number", bound=np.generic)
# Linux lets a process map 65,530 files.
_MOST_MAPPED = 16384


class MappedRows(Generic[Number]):
    """The rows of an array (n, d). A chunk's checksum is verified once, when it is first mapped.

    Verifying reads the whole chunk, at several GB/s, even if only a few of its rows are wanted:
    the commands that gather rows of a store also read all of it. Raises DataError for a chunk that
    is missing, cut short or damaged. Memory: the blocks being read; mappings take none.
    """

    def __init__(self, layout: ArrayLayout, read_as: type[Number]) -> None:
        """Map nothing yet; rows are returned in the type ``read_as``."""
        self._layout = layout
        self._read_as = read_as
        self._shape = layout.chunk_shape[0], layout.chunk_shape[1]
        self._dtype = np.dtype(layout.data_type).newbyteorder("<")
        self._mapped: dict[int, npt.NDArray[Any]] = {}
        self._verified: set[int] = set()
        # Otherwise each of the threads that meet at a chunk would verify it.
        self._verifying = Lock()

    def read_range(self, start: int, stop: int) -> npt.NDArray[Number]:
        """Read consecutive rows, (stop - start, d)."""
        chunk_rows, dimension = self._shape
        result = np.empty((max(stop - start, 0), dimension), self._read_as)
        row = start
        while row < stop:
            chunk, offset = divmod(row, chunk_rows)
            count = min(chunk_rows - offset, stop - row)
            part = result[row - start : row - start + count]
            widen(self._chunk(chunk)[offset : offset + count], part)
            row += count
        return result

    def read_rows(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[Number]:
        """Read any rows, (len(rows), d)."""
        result = np.empty((len(rows), self._shape[1]), self._read_as)
        order = np.argsort(rows, kind="stable")
        is_in_order = bool((rows[1:] >= rows[:-1]).all())
        start = 0
        for vectors, inside in self.by_chunk(rows[order]):
            stop = start + len(inside)
            if is_in_order:
                widen(vectors[inside], result[start:stop])
            else:
                result[order[start:stop]] = vectors[inside]
            start = stop
        return result

    def by_chunk(
        self, rows: npt.NDArray[np.int64]
    ) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[np.int64]]]:
        """Yield each chunk with some of ``rows``, in rising order, as stored, and its rows."""
        chunk_of, inside = np.divmod(rows, self._shape[0])
        starts = np.flatnonzero(np.diff(chunk_of, prepend=-1))
        for start, stop in pairwise([*starts, len(rows)]):
            yield self._chunk(int(chunk_of[start])), inside[start:stop]

    def _chunk(self, chunk: int) -> npt.NDArray[Any]:
        """Map a chunk's file, and keep the mapping."""
        # Several threads may read, so another one may clear the mappings in between.
        mapped = self._mapped.get(chunk)
        if mapped is None:
            with self._verifying:
                mapped = self._mapped.get(chunk)
                if mapped is None:
                    if len(self._mapped) >= _MOST_MAPPED:
                        self._mapped.clear()
                    mapped = self._mapped[chunk] = self._map(chunk)
        return mapped

    def _map(self, chunk: int) -> npt.NDArray[Any]:
        file = self._layout.file(chunk, 0)
        size = self._shape[0] * self._shape[1] * self._dtype.itemsize
        try:
            mapped = _map_file(file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise DataError(f"{file}: cannot be read: {reason}; {self._layout.restore}") from error
        if len(mapped) != size + self._layout.checksum_bytes:
            raise DataError(
                f"{file}: {len(mapped):,} bytes, expected {size + self._layout.checksum_bytes:,}; "
                f"{self._layout.restore}"
            )
        if self._layout.has_checksums and chunk not in self._verified:
            if checksum(mapped[:size]) != mapped[size:].tobytes():
                raise DataError(
                    f"{file}: damaged, its checksum does not match; {self._layout.restore}"
                )
            self._verified.add(chunk)
        return mapped[:size].view(self._dtype).reshape(self._shape)


def _map_file(file: Path) -> npt.NDArray[np.uint8]:
    """Map a whole file to read it, in an eighth of the time that np.memmap takes."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return np.frombuffer(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ), np.uint8)
    finally:
        os.close(descriptor)
