"""Writing an embedding store chunk by chunk, so that an interrupted run can resume."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.json_parser import as_json
from gld_shared.settings_difference import settings_difference
from gld_shared.store.checksums import checksum
from gld_shared.store.comparable import image_settings_of
from gld_shared.store.create import create, exists, remove_strays
from gld_shared.store.digests import write_digests
from gld_shared.store.layout import chunk_file, partial_of
from gld_shared.store.metadata import read_group, read_layout
from gld_shared.store.reader import open_store
from gld_shared.store.regular_files import size_of
from gld_shared.store.repair import open_repaired
from gld_shared.store.spec import StoreSpec
from gld_shared.store.zarr_group import StoreGroup, open_group
from gld_shared.unfinished_names import name_beside

# A resumed store must agree on these; the arguments in its history may differ harmlessly.
_SETTINGS = ("checkpoint", "list", "image", "model", "normalized")


class StoreWriter:
    """An unfinished store. Each chunk is a file, written whole by an atomic rename.

    Any number of processes may write to the same store: the first creates it, the others join.
    """

    def __init__(self, path: Path, group: StoreGroup) -> None:
        """Use ``StoreWriter.open``."""
        self.path = path
        self._group = group
        self._folder = group.folder
        layout = group.vectors
        self._n, self._dimension = layout.shape
        self.chunk_rows: int = layout.chunk_shape[0]
        self._dtype = np.dtype(layout.data_type)
        self._chunk_bytes = self.chunk_rows * self._dimension * self._dtype.itemsize
        # An unfinished store of an older release has no checksums; it is finished without.
        self._checksums = layout.has_checksums

    @classmethod
    def open(cls, path: str | Path, spec: StoreSpec) -> "StoreWriter":
        """Create a store or resume its ``.partial``; a complete store is opened as ``finished``.

        What is damaged in a ``.partial`` is made again; a complete store is read whole. Raises
        DataError when the existing store has another list, checkpoint or settings, or when the
        complete store is damaged. Memory: 65,536 ids, in addition to the caller's; the ids of a
        complete store.
        """
        final = Path(path)
        partial = partial_of(final)
        created = not (final.exists() or partial.exists())
        if created:
            create(final, spec)
        # The final name is tried again, last: another process may be renaming the store just now.
        for folder in (final, partial, final):
            if not exists(folder):
                continue
            try:
                _check_same(folder, spec)
                if folder == final:
                    open_store(final).verify()
                group = (
                    open_group(folder)
                    if created or folder == final
                    else open_repaired(folder, spec)
                )
                return cls(final, group)
            except (DataError, OSError, KeyError):
                # In a folder that is renamed meanwhile, nothing is found.
                if folder == final or not exists(final):
                    raise
        there = final if final.exists() else partial
        raise DataError(f"{there}: exists and is not an embedding store; choose another name")

    def rows_of(self, chunk: int) -> range:
        """Return the rows of a chunk."""
        start = chunk * self.chunk_rows
        return range(start, min(start + self.chunk_rows, self._n))

    @property
    def chunks(self) -> int:
        """The number of chunks."""
        return -(-self._n // self.chunk_rows)

    @property
    def finished(self) -> bool:
        """True once this process or another has given the store its final name."""
        return self.path.exists()

    def has_chunk(self, chunk: int) -> bool:
        """Return whether a chunk is written; a finished store has all of them."""
        size = self._chunk_bytes + self._group.vectors.checksum_bytes
        # Check the file first: the store may be renamed in between.
        return size_of(chunk_file(self._folder, chunk)) == size or self.finished

    def missing_chunks(self) -> list[int]:
        """Return the chunks that are not yet written."""
        return [chunk for chunk in range(self.chunks) if not self.has_chunk(chunk)]

    def write_chunk(self, chunk: int, vectors: npt.NDArray[np.floating[Any]]) -> None:
        """Write one chunk, of shape (rows of the chunk, d), whole or not at all."""
        rows = self.rows_of(chunk)
        if vectors.shape != (len(rows), self._dimension):
            raise ValueError(f"chunk {chunk} has shape {vectors.shape}")
        # Zarr gives the last chunk's file the full size too.
        absent = self.chunk_rows - len(rows)
        full = np.pad(vectors, ((0, absent), (0, 0))) if absent else vectors
        values = np.ascontiguousarray(full, self._dtype)
        end = checksum(values) if self._checksums else b""
        with self._unless_finished():
            _write_file(chunk_file(self._folder, chunk), values, end)

    def finish(self) -> Path:
        """Give the complete store its final name."""
        missing = self.missing_chunks()
        if missing:
            raise ValueError(f"{len(missing)} chunks are missing")
        with self._unless_finished():
            if self.finished:
                return self.path
            # Killed processes left these; older releases named them 0.HOST.PID.
            chunks = chunk_file(self._folder, 0).parent.parent
            for stray in (*chunks.glob("*/.0.*"), *chunks.glob("*/0.*")):
                stray.unlink()
            write_digests(self._group)
            self._folder.rename(self.path)
            remove_strays(self.path)
        return self.path

    @contextmanager
    def _unless_finished(self) -> Iterator[None]:
        """Ignore errors once another process has finished the store, as may be without locks."""
        try:
            yield
        except (OSError, KeyError, DataError):
            if not self.finished:
                raise

    def exists(self) -> bool:
        """Return whether the store still exists under the name that it had when it was opened."""
        return exists(self._folder)

    def remove(self) -> None:
        """Remove an unfinished store and its contents. No other process may be writing to it."""
        beside = name_beside(self._folder)
        # Rename it first: a half-removed store must not be resumed.
        self._folder.rename(beside)
        shutil.rmtree(beside)


def write_store(
    path: str | Path,
    ids: Sequence[str],
    vectors: npt.NDArray[np.floating[Any]],
    attributes: Mapping[str, Any] | None = None,
    dtype: str = "float16",
) -> Path:
    """Write vectors in memory, shape (n, d), as a store."""
    writer = StoreWriter.open(path, StoreSpec(ids, vectors.shape[1], dtype, attributes or {}))
    for chunk in writer.missing_chunks():
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, vectors[rows.start : rows.stop])
    return writer.finish()


def _check_same(folder: Path, spec: StoreSpec) -> None:
    """Raise DataError unless an earlier run's store has the properties of ``spec``."""
    attributes = read_group(folder)["attributes"]
    shape, dtype = _shape_and_type(folder, spec)
    found = _settings(attributes, shape, dtype)
    wanted = _settings(spec.attributes, spec.shape, str(np.dtype(spec.dtype)))
    different = settings_difference(found, wanted)
    if different:
        raise DataError(
            f"{folder}: was made with another {', '.join(different)}; choose another output, or "
            "move this one away"
        )


def _shape_and_type(folder: Path, spec: StoreSpec) -> tuple[tuple[int, ...], str]:
    try:
        layout = read_layout(folder / "vectors")
    except DataError:
        # Damaged: an unfinished store gets that of the same settings, a finished one is refused.
        return spec.shape, str(np.dtype(spec.dtype))
    return layout.shape, layout.data_type


def _settings(attributes: Mapping[str, Any], shape: tuple[int, ...], dtype: str) -> dict[str, Any]:
    """Return the properties that an earlier run's store must share, as JSON values."""
    settings = {name: attributes.get(name) for name in _SETTINGS}
    # The checkpoint decides, however the file of its first weights was spelled.
    model = {key: value for key, value in (settings["model"] or {}).items() if key != "weights"}
    settings |= {"image": image_settings_of(attributes), "model": model}
    settings |= {"shape": list(shape), "dtype": dtype}
    # JSON turns tuples into lists, as it did when the store was created.
    return as_json(settings)


def _write_file(file: Path, values: npt.NDArray[Any], end: bytes) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
        with atomic_file(file, sync=True) as stream:
            stream.write(values.data)
            stream.write(end)
    except OSError as error:
        raise DataError(
            f"{file}: cannot be written: {error.strerror}; complete chunks are kept; "
            "the same command resumes from there"
        ) from error
