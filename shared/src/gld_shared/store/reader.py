"""Reading an embedding store by mapping the files of its chunks."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import zarr

from gld_shared.errors import DataError
from gld_shared.files import sha256
from gld_shared.store.layout import chunk_file, open_group, partial_of

FloatArray = npt.NDArray[np.float32]
# Linux lets a process map 65,530 files.
_MOST_MAPPED = 16384


class EmbeddingStore:
    """A finished store, opened for reading. Memory: the ids, and the blocks being read."""

    def __init__(self, path: Path, group: zarr.Group) -> None:
        """Use ``open_store``, which checks the format."""
        self.path = path
        self.attributes: dict[str, Any] = dict(group.attrs)
        self._group = group
        vectors = cast(zarr.Array[Any], group["vectors"])
        self.n, self.dimension = vectors.shape
        self.dtype = np.dtype(vectors.dtype)
        self.chunk_rows = vectors.chunks[0]
        self._mapped: dict[int, npt.NDArray[Any]] = {}

    @cached_property
    def ids(self) -> list[str]:
        """The images' ids, in row order."""
        ids = cast(zarr.Array[Any], self._group["ids"])
        return [str(name) for name in np.asarray(ids[:])]

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each id."""
        return {name: row for row, name in enumerate(self.ids)}

    @property
    def history(self) -> list[dict[str, Any]]:
        """The steps that made this store, oldest first."""
        return list(self.attributes.get("history", []))

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over all files of the store, which reads it whole, once."""
        return sha256(self.path)

    def blocks(self, rows: int = 16384) -> Iterator[tuple[int, FloatArray]]:
        """Yield (first row, float32 vectors of shape (b, d)); memory is one block."""
        for start in range(0, self.n, rows):
            yield start, self.read(slice(start, min(start + rows, self.n)))

    def read(self, rows: slice | npt.NDArray[np.integer[Any]] | list[int]) -> FloatArray:
        """Read the vectors of some rows as float32, shape (len(rows), d)."""
        if isinstance(rows, slice):
            return self._read_range(*rows.indices(self.n)[:2])
        wanted = np.asarray(rows, dtype=np.int64)
        result = np.empty((len(wanted), self.dimension), np.float32)
        order = np.argsort(wanted, kind="stable")
        chunk_of, offset = np.divmod(wanted[order], self.chunk_rows)
        chunks, starts = np.unique(chunk_of, return_index=True)
        for chunk, start, stop in zip(chunks, starts, [*starts[1:], len(wanted)], strict=True):
            result[order[start:stop]] = self._chunk(int(chunk))[offset[start:stop]]
        return result

    def _read_range(self, start: int, stop: int) -> FloatArray:
        result = np.empty((max(stop - start, 0), self.dimension), np.float32)
        row = start
        while row < stop:
            chunk, offset = divmod(row, self.chunk_rows)
            count = min(self.chunk_rows - offset, stop - row)
            result[row - start : row - start + count] = self._chunk(chunk)[offset : offset + count]
            row += count
        return result

    def _chunk(self, chunk: int) -> npt.NDArray[Any]:
        """Map a chunk's file, and keep the mapping, which takes no memory."""
        if chunk not in self._mapped:
            if len(self._mapped) >= _MOST_MAPPED:
                self._mapped.clear()
            self._mapped[chunk] = self._map(chunk)
        return self._mapped[chunk]

    def _map(self, chunk: int) -> npt.NDArray[Any]:
        file = chunk_file(self.path, chunk)
        shape = (self.chunk_rows, self.dimension)
        try:
            # A plain array is indexed faster than the memmap that it keeps alive.
            return np.asarray(np.memmap(file, self.dtype, "r", shape=shape))
        except (OSError, ValueError) as error:
            raise DataError(
                f"{file}: chunk missing or cut short; make the store again with gld-embed"
            ) from error


def open_store(path: str | Path) -> EmbeddingStore:
    """Open a finished store. Raises DataError when it is missing, unfinished or not gld's."""
    folder = Path(path)
    if not folder.exists():
        if partial_of(folder).exists():
            raise DataError(
                f"{path}: not finished, only {partial_of(folder)} is there; "
                "run the gld-embed command again, it resumes where it stopped"
            )
        raise DataError(f"{path}: not found; expected an embedding store made by gld-embed")
    group = open_group(folder)
    missing = [name for name in ("ids", "vectors") if name not in group]
    if missing:
        raise DataError(f"{path}: array {missing[0]} is missing; make the store again")
    return EmbeddingStore(folder, group)
