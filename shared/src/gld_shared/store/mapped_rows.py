"""Arrays in gld's own layout, read by mapping the files of their chunks."""

import mmap
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError, replaced
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import CHECKSUM_BYTES, checksum
from gld_shared.store.widening import widen

Number = TypeVar("Number", bound=np.generic)
_Bytes = npt.NDArray[np.uint8]
# Linux lets a process map 65,530 files.
_MOST_MAPPED = 16384


class MappedRows(Generic[Number]):
    """The rows of an array (n, d). A chunk's checksum is verified once, when it is first mapped.

    Verifying reads the whole chunk, at several GB/s, even if only a few of its rows are wanted: the
    commands that gather rows of a store also read all of it. Raises DataError for a chunk that is
    missing, cut short, damaged, or when first read of a group that has taken the opened one's name
    or place. Memory: the blocks being read, and one chunk where rows of unverified chunks are
    gathered; mappings take none.
    """

    def __init__(self, layout: ArrayLayout, read_as: type[Number], checksums: bytes = b"") -> None:
        """Map nothing yet; rows are returned in the type ``read_as``.

        ``checksums`` are those of all chunks as the digests have them, in order: a chunk with
        another one was written after the group was opened. Without them, any chunk that matches its
        own is taken.
        """
        self._layout = layout
        self._checksums = checksums
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
        start, read = 0, self._reader()
        for chunk, inside in self._split(rows[order]):
            vectors = read(chunk)
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
        return ((self._chunk(chunk), inside) for chunk, inside in self._split(rows))

    def _split(self, rows: npt.NDArray[np.int64]) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
        """Yield the number of each chunk with some of ``rows``, in rising order, and its rows."""
        chunk_of, inside = np.divmod(rows, self._shape[0])
        starts = np.flatnonzero(np.diff(chunk_of, prepend=-1))
        for start, stop in pairwise([*starts, len(rows)]):
            yield int(chunk_of[start]), inside[start:stop]

    def _reader(self) -> Callable[[int], npt.NDArray[Any]]:
        """Return a function that returns a chunk, which is valid until the next call.

        An unverified chunk is read into memory, not mapped: page faults take longer than the copy,
        and threads cannot share them. Threads that meet at such a chunk all verify it.
        """
        memory = np.empty(0, np.uint8)

        def read(chunk: int) -> npt.NDArray[Any]:
            nonlocal memory
            if chunk in self._verified or not self._layout.has_checksums:
                return self._chunk(chunk)
            if not len(memory):
                memory = np.empty(self._file_bytes, np.uint8)
            return self._opened(chunk, lambda file: _read_file(file, memory))

        return read

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
                    mapped = self._mapped[chunk] = self._opened(chunk, _map_file)
        return mapped

    @property
    def _file_bytes(self) -> int:
        values = self._shape[0] * self._shape[1]
        return values * self._dtype.itemsize + self._layout.checksum_bytes

    def _opened(self, chunk: int, content_of: Callable[[Path], _Bytes]) -> npt.NDArray[Any]:
        """Return a chunk from the content of its file, and verify it unless it has been."""
        file = self._layout.file(chunk, 0)
        try:
            content = content_of(file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise DataError(f"{file}: cannot be read: {reason}; {self._layout.restore}") from error
        self._layout.check_unchanged()
        if len(content) != self._file_bytes:
            raise DataError(
                f"{file}: {len(content):,} bytes, expected {self._file_bytes:,}; "
                f"{self._layout.restore}"
            )
        size = self._file_bytes - self._layout.checksum_bytes
        if self._layout.has_checksums and chunk not in self._verified:
            if checksum(content[:size]) != content[size:].tobytes():
                raise DataError(
                    f"{file}: damaged, its checksum does not match; {self._layout.restore}"
                )
            self._verified.add(chunk)
        if self._checksums and content[size:].tobytes() != self._recorded(chunk):
            raise replaced(self._layout.folder.parent)
        return content[:size].view(self._dtype).reshape(self._shape)

    def _recorded(self, chunk: int) -> bytes:
        return self._checksums[chunk * CHECKSUM_BYTES : (chunk + 1) * CHECKSUM_BYTES]


def _read_file(file: Path, memory: _Bytes) -> _Bytes:
    """Read a file into ``memory``; a file of another length is mapped."""
    with file.open("rb", buffering=0) as stream:
        if os.fstat(stream.fileno()).st_size == len(memory):
            done, rest = 0, memoryview(cast("bytearray", memory))
            while done < len(memory) and (count := stream.readinto(rest[done:])):
                done += count
            return memory[:done]
    return _map_file(file)


def _map_file(file: Path) -> _Bytes:
    """Map a whole file to read it, in an eighth of the time that np.memmap takes."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return np.frombuffer(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ), np.uint8)
    finally:
        os.close(descriptor)
