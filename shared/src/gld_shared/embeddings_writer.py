"""Writing an embedding store chunk by chunk, so that an interrupted run can go on."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import zarr

from gld_shared.embeddings import (
    FORMAT,
    FloatArray,
    chunk_file,
    open_group,
    partial_of,
)
from gld_shared.errors import DataError

CHUNK_ROWS = 1024
_MAXIMUM_CHUNK_BYTES = 16 << 20
# What a resumed store must agree on; its history names the arguments, which may differ harmlessly.
_SETTINGS = ("checkpoint", "list", "image", "model", "normalized")


class StoreWriter:
    """A store in the making. Chunks are files of their own, each written whole by a rename."""

    def __init__(self, path: Path, folder: Path, n: int, dimension: int, finished: bool) -> None:
        """Use ``StoreWriter.open``."""
        self.path = path
        self.finished = finished
        self._folder = folder
        self._n = n
        self._dimension = dimension
        group = open_group(folder)
        vectors = cast(zarr.Array[Any], group["vectors"])
        self.chunk_rows: int = vectors.chunks[0]
        self._dtype = np.dtype(vectors.dtype)

    @classmethod
    def open(
        cls,
        path: str | Path,
        ids: Sequence[str],
        dimension: int,
        dtype: str,
        attributes: Mapping[str, Any],
    ) -> "StoreWriter":
        """Begin a store, or go on with its ``.partial``; a finished one is recognised as such.

        ``attributes`` are those of the contract without ``format``. Raises DataError when what is
        there comes from another list, checkpoint or settings.
        """
        final = Path(path)
        partial = partial_of(final)
        for folder, finished in ((final, True), (partial, False)):
            if folder.exists() and _is_begun(folder):
                _check_same(folder, ids, dimension, dtype, attributes)
                return cls(final, folder, len(ids), dimension, finished)
        if final.exists():
            raise DataError(f"{final}: exists and is no embedding store; choose another name")
        _begin(partial, ids, dimension, dtype, attributes)
        return cls(final, partial, len(ids), dimension, False)

    def rows_of(self, chunk: int) -> range:
        """The rows that a chunk holds."""
        start = chunk * self.chunk_rows
        return range(start, min(start + self.chunk_rows, self._n))

    def missing_chunks(self) -> list[int]:
        """The chunks that are still to be written."""
        count = -(-self._n // self.chunk_rows)
        size = self.chunk_rows * self._dimension * self._dtype.itemsize
        return [
            chunk
            for chunk in range(count)
            if not (file := chunk_file(self._folder, chunk)).exists() or file.stat().st_size != size
        ]

    def write_chunk(self, chunk: int, vectors: FloatArray) -> None:
        """Write one chunk, float32 of shape (rows of the chunk, d), whole or not at all."""
        rows = self.rows_of(chunk)
        if vectors.shape != (len(rows), self._dimension):
            raise ValueError(f"chunk {chunk} has shape {vectors.shape}")
        # The last chunk's file has the full size too, as Zarr lays it out.
        full = np.zeros((self.chunk_rows, self._dimension), self._dtype)
        full[: len(rows)] = vectors
        _write_file(chunk_file(self._folder, chunk), full)

    def finish(self) -> Path:
        """Give the complete store its final name."""
        missing = self.missing_chunks()
        if missing:
            raise ValueError(f"{len(missing)} chunks are missing")
        if not self.finished:
            self._folder.rename(self.path)
            self.finished = True
        return self.path


def write_store(
    path: str | Path,
    ids: Sequence[str],
    vectors: npt.NDArray[np.floating[Any]],
    attributes: Mapping[str, Any] | None = None,
    dtype: str = "float16",
) -> Path:
    """Write vectors that are at hand, shape (n, d), as a store."""
    writer = StoreWriter.open(path, ids, vectors.shape[1], dtype, attributes or {})
    for chunk in writer.missing_chunks():
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, vectors[rows.start : rows.stop].astype(np.float32))
    return writer.finish()


def _is_begun(folder: Path) -> bool:
    """A partial store whose beginning was itself cut off has no attributes yet."""
    return (folder / "zarr.json").exists()


def _begin(
    partial: Path,
    ids: Sequence[str],
    dimension: int,
    dtype: str,
    attributes: Mapping[str, Any],
) -> None:
    """Lay out an empty store. The group's attributes are moved in last: they mark it as begun."""
    if partial.exists():
        shutil.rmtree(partial)
    rows = min(CHUNK_ROWS, _MAXIMUM_CHUNK_BYTES // (dimension * np.dtype(dtype).itemsize))
    begun = {"format": FORMAT, **attributes}
    try:
        group = zarr.create_group(partial, zarr_format=3, attributes=begun)
    except OSError as error:
        raise DataError(f"{partial}: cannot be written: {error.strerror}") from error
    metadata = partial / "zarr.json"
    hidden = metadata.rename(metadata.with_suffix(".new"))
    names = np.asarray(ids, dtype=np.dtypes.StringDType())
    column = group.create_array(
        "ids", shape=names.shape, dtype=names.dtype, chunks=(max(len(ids), 1),), compressors=None
    )
    column[:] = names
    group.create_array(
        "vectors",
        shape=(len(ids), dimension),
        dtype=dtype,
        chunks=(max(rows, 1), dimension),
        compressors=None,
        fill_value=0,
    )
    hidden.rename(metadata)


def _check_same(
    folder: Path,
    ids: Sequence[str],
    dimension: int,
    dtype: str,
    attributes: Mapping[str, Any],
) -> None:
    """Raise DataError unless an earlier run's store is the one that is to be made now."""
    group = open_group(folder)
    vectors = cast(zarr.Array[Any], group["vectors"])
    found = {name: group.attrs.get(name) for name in _SETTINGS}
    wanted = {name: attributes.get(name) for name in _SETTINGS}
    found |= {"shape": list(vectors.shape), "dtype": str(vectors.dtype)}
    wanted |= {"shape": [len(ids), dimension], "dtype": str(np.dtype(dtype))}
    # Through JSON, because that turns tuples into lists, as it did when the store was begun.
    wanted = json.loads(json.dumps(wanted))
    different = [name for name in wanted if found[name] != wanted[name]]
    if different:
        raise DataError(
            f"{folder}: was made with another {', '.join(different)} "
            f"({found[different[0]]}, now {wanted[different[0]]}); "
            "remove it, or choose another output"
        )


def _write_file(file: Path, values: npt.NDArray[Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.new")
    with beside.open("wb") as stream:
        stream.write(values.tobytes())
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
