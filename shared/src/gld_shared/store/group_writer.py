"""Writing a group chunk by chunk, so that an interrupted run can resume."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Generic

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.files import atomic_file, sync_folder, sync_name
from gld_shared.json_parser import as_json
from gld_shared.limits import remedy_of
from gld_shared.settings_difference import settings_difference
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import checksum
from gld_shared.store.chunk_digests import write_record
from gld_shared.store.create import create, exists, remove_strays
from gld_shared.store.digests import write_digests
from gld_shared.store.group_spec import Group, GroupSpec
from gld_shared.store.layout import partial_of
from gld_shared.store.metadata import read_group
from gld_shared.store.regular_files import size_of
from gld_shared.store.repair import digest_of_settings, open_repaired, restore_metadata
from gld_shared.store.unfinished_metadata import check_unfinished_metadata, write_empty_group
from gld_shared.unfinished_names import name_beside, remove_dead, remove_folder


class GroupWriter(Generic[Group]):
    """An unfinished group. Each chunk is a file, written whole by an atomic rename.

    Any number of processes may write to the same group: the first creates it, the others join.
    """

    def __init__(self, path: str | Path, spec: GroupSpec[Group]) -> None:
        """Create a group or resume its ``.partial``; a complete one is opened as ``finished``.

        What is damaged in a ``.partial`` is made again; a complete group is read whole. Raises
        DataError when the existing group has other settings, naming both values of each, or when
        the complete group is damaged. Memory: 65,536 ids, in addition to the caller's; of a
        complete store, its ids.
        """
        self.path = Path(path)
        self._group = group = _open(self.path, spec)
        self._folder = group.folder
        self._settings = digest_of_settings(spec)
        # An unfinished store of an older release has no checksums; it is finished without.
        self._chunked = [group.arrays[name] for name in spec.chunked]
        self._n: int = self._chunked[0].shape[0]
        self.chunk_rows: int = self._chunked[0].chunk_shape[0]

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
        """True once this process or another has given the group its final name."""
        return self.path.exists()

    def has_chunk(self, chunk: int) -> bool:
        """Return whether a chunk is written; a finished group has all of them."""
        # Check the files first: the group may be renamed in between.
        return all(_has_file(layout, chunk) for layout in self._chunked) or self.finished

    def missing_chunks(self) -> list[int]:
        """Return the chunks that are not yet written."""
        return [chunk for chunk in range(self.chunks) if not self.has_chunk(chunk)]

    def write_chunks(self, chunk: int, values: Sequence[npt.NDArray[Any]]) -> None:
        """Write a chunk of each of the arrays, of shape (rows of the chunk, d).

        The file of each is written whole or not at all. Values are cast to the array's type.
        """
        for layout, part in zip(self._chunked, values, strict=True):
            rows = self.rows_of(chunk)
            if part.shape != (len(rows), layout.shape[1]):
                raise ValueError(f"chunk {chunk} has shape {part.shape}")
            # Zarr gives the last chunk's file the full size too.
            absent = self.chunk_rows - len(rows)
            full = np.pad(part, ((0, absent), (0, 0))) if absent else part
            data = np.ascontiguousarray(full, np.dtype(layout.data_type))
            end = checksum(data) if layout.has_checksums else b""
            with self._unless_finished():
                _write_file(layout.file(chunk, 0), data, end, self._settings)

    def finish(self) -> Path:
        """Give the complete group its final name."""
        missing = self.missing_chunks()
        if missing:
            raise ValueError(f"{len(missing)} chunks are missing")
        with self._unless_finished():
            if self.finished:
                return self.path
            write_digests(self._group)
            # The records of digests, and what killed processes left; older releases named it
            # 0.HOST.PID.
            for layout in self._chunked:
                for stray in (*layout.folder.glob("c/*/.0.*"), *layout.folder.glob("c/*/0.*")):
                    stray.unlink(missing_ok=True)
            sync_folder(self._folder)
            self._folder.rename(self.path)
            sync_name(self.path)
            remove_strays(self.path)
        return self.path

    @contextmanager
    def _unless_finished(self) -> Iterator[None]:
        """Ignore errors once another process has finished the group, as may be without locks."""
        try:
            yield
        except (OSError, KeyError, DataError):
            if not self.finished:
                raise

    def exists(self) -> bool:
        """Return whether the group still exists under the name that it had when it was opened."""
        return exists(self._folder)

    def remove(self) -> None:
        """Remove an unfinished group and its contents. No other process may be writing to it."""
        beside = name_beside(self._folder)
        # Rename it first: a half-removed group must not be resumed.
        self._folder.rename(beside)
        remove_folder(beside)


def _open(final: Path, spec: GroupSpec[Group]) -> Group:
    unfinished = partial_of(final)
    remove_dead(unfinished)
    created = not (final.exists() or unfinished.exists())
    if created:
        create(final, partial(write_empty_group, spec))
    # The final name is tried again, last: another process may be renaming the group just now.
    for folder in (final, unfinished, final):
        if not exists(folder):
            continue
        try:
            _check_settings(folder, spec, is_final=folder == final)
            if folder == final:
                spec.verify(final)
            is_whole = created or folder == final
            return spec.open_group(folder) if is_whole else open_repaired(folder, spec)
        except (DataError, OSError, KeyError):
            # In a folder that is renamed meanwhile, nothing is found.
            if folder == final or not exists(final):
                raise
    there = final if final.exists() else unfinished
    raise DataError(f"{there}: exists and is not {spec.kind.noun}; choose another name")


def _check_settings(folder: Path, spec: GroupSpec[Group], is_final: bool) -> None:
    """Raise DataError as ``_check_same`` does; what is damaged in a ``.partial`` is made again."""
    try:
        if not is_final:
            check_unfinished_metadata(folder, spec.kind)
        _check_same(folder, spec)
    except DataError:
        if is_final or not restore_metadata(folder, spec):
            raise


def _check_same(folder: Path, spec: GroupSpec[Group]) -> None:
    """Raise DataError unless an earlier run's group has the properties of ``spec``."""
    found = spec.settings_of(folder, read_group(folder, spec.kind)["attributes"])
    # JSON turns tuples into lists, as it did when the group was created.
    different = settings_difference(as_json(found), as_json(spec.settings()))
    if different:
        raise DataError(
            f"{folder}: was made with another {', '.join(different)}; choose another output, or "
            "move this one away"
        )


def _has_file(layout: ArrayLayout, chunk: int) -> bool:
    values = layout.chunk_shape[0] * layout.chunk_shape[1] * layout.value_bytes
    return size_of(layout.file(chunk, 0), layout.restore) == values + layout.checksum_bytes


def _write_file(file: Path, values: npt.NDArray[Any], end: bytes, settings: bytes) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
        if end:
            write_record(file, values, end, settings)
        with atomic_file(file, sync=True) as stream:
            stream.write(values.data)
            stream.write(end)
    except OSError as error:
        remedy = f"{found}; " if (found := remedy_of(error)) else ""
        raise DataError(
            f"{file}: cannot be written: {error.strerror}; {remedy}the same command resumes after "
            "the chunks that are complete"
        ) from error
