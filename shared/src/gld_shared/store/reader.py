"""Reading an embedding store. Whatever is read is checked: damage is an error, never a result."""

import logging
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.provenance import History
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.stored_rows import StoredRows
from gld_shared.store.digests import (
    has_digests,
    is_checksummed,
    own_digest,
    without_digests,
)
from gld_shared.store.id_column import IdColumn
from gld_shared.store.ids import read_ids
from gld_shared.store.layout import RESTORE, partial_of
from gld_shared.store.mapped_rows import MappedRows
from gld_shared.store.vectors.base import Vectors
from gld_shared.store.vectors.lengths import first_unusable, surely_usable
from gld_shared.store.vectors.through_zarr import ZarrVectors
from gld_shared.store.wanted_rows import bounds_of, numbers_of
from gld_shared.store.whole import open_whole
from gld_shared.store.zarr_group import StoreGroup

log = logging.getLogger(__name__)


class EmbeddingStore:
    """A finished store, opened for reading.

    Reading raises DataError for damaged ids and vectors, naming the file or the row, and for
    vectors without a usable length: not finite, zero, or not of length 1 in a store that is marked
    ``normalized``, or compared with such a store. Memory: the ids, a byte for each row, and the
    blocks being read.
    """

    def __init__(
        self, group: StoreGroup, ids: IdColumn | None = None, checksums: bytes = b""
    ) -> None:
        """Use ``open_store``, which checks the store. Without ``ids``, they are read if needed.

        ``checksums`` are those of the vectors: see ``MappedRows``.
        """
        self.path = group.folder
        self.attributes: dict[str, Any] = without_digests(group.attributes)
        self._group = group
        self._ids = ids
        layout = group.vectors
        self.n, self.dimension = layout.shape
        self.dtype = np.dtype(layout.data_type)
        self.chunk_rows = layout.chunk_shape[0]
        self._vectors: Vectors = (
            MappedRows(layout, np.float32, checksums) if layout.is_plain else ZarrVectors(group)
        )
        self._checked = np.zeros(self.n, np.bool_)
        self.is_normalized = self.attributes.get("normalized") is True
        self._unit_because = "the store is marked normalized" if self.is_normalized else ""
        self._to_scale = RESTORE

    @property
    def ids(self) -> IdColumn:
        """The images' ids, in row order, each once."""
        if self._ids is None:
            self._ids = read_ids(self._group)
        return self._ids

    @property
    def history(self) -> History:
        """The steps that made this store, oldest first."""
        return list(self.attributes.get("history") or [])

    @cached_property
    def sha256(self) -> str:
        """The store's own digest, over the SHA-256 of each chunk as it was written.

        Nothing is read for it, except all of a store of an older release, once.
        """
        return own_digest(self._group)

    def blocks(self, rows: int = 16384) -> Iterator[tuple[int, Floats]]:
        """Yield (first row, float32 vectors of shape (b, d)); memory is one block."""
        for start in range(0, self.n, rows):
            yield start, self.read(slice(start, min(start + rows, self.n)))

    def read(self, rows: slice | npt.NDArray[np.integer[Any]] | list[int]) -> Floats:
        """Read the vectors of some rows as float32, shape (len(rows), d).

        Raises ValueError for a step other than 1, and for rows that there are not.
        """
        if isinstance(rows, slice):
            vectors = self._vectors.read_range(*bounds_of(rows, self.n))
        else:
            rows = wanted = numbers_of(rows, self.n)
            vectors = self._vectors.read_rows(wanted)
        # Each row is checked when it is first read.
        if not self._checked[rows].all():
            self._check(rows, vectors)
            self._checked[rows] = True
        return vectors

    def stored(self, rows: Rows) -> list[StoredRows] | None:
        """Return checked rows, in rising order, as ``stored_rows`` does."""
        if not isinstance(self._vectors, MappedRows) or self.dtype != np.float16:
            return None
        found = [StoredRows(*each) for each in self._vectors.by_chunk(rows)]
        if not self._checked[rows].all():
            self._check_stored(rows, found)
            self._checked[rows] = True
        return found

    def expect_unit_length(self, other: "EmbeddingStore") -> None:
        """Refuse vectors of another length than 1 from now on, because ``other`` is normalized.

        Every user of this object is affected; the store opened again is not.
        """
        if not self._unit_because:
            self._unit_because = f"{other.path} is marked normalized"
            self._to_scale = "scale the vectors of both to length 1, or mark neither"
            self._checked[:] = False

    def verify(self) -> None:
        """Read the whole store. Raises DataError for damage, as reading does."""
        for _ in self.blocks():
            pass

    def _check_stored(self, rows: Rows, stored: list[StoredRows]) -> None:
        """Check rows that are read to find their fault only if they may have one."""
        # Imported here: numba takes up to 0.7 s to start.
        from gld_shared.store.vectors.compiled_squares import squares_of

        squares = np.concatenate([squares_of(*each) for each in stored])
        sure = surely_usable(squares, self.dimension, self.dtype, bool(self._unit_because))
        if not sure.all():
            self.read(rows[~sure])

    def _check(self, rows: slice | npt.NDArray[np.int64], vectors: Floats) -> None:
        unusable = first_unusable(vectors, self.dtype, self._unit_because)
        if unusable is not None:
            row = int(np.arange(self.n)[rows][unusable.position])
            remedy = self._to_scale if unusable.can_be_scaled else RESTORE
            raise DataError(
                f"{self.path}: row {row} (id {self.ids[row]!r}): {unusable.fault}; {remedy}"
            )


def open_store(path: str | Path) -> EmbeddingStore:
    """Open a finished store, and check it whole, except for the values of its vectors.

    These are checked as they are read. Raises DataError when the store is missing, unfinished,
    damaged or not gld's. A warning names a store without checksums or digests, and one whose
    layout is read through Zarr.
    """
    folder = Path(path)
    if not folder.exists():
        if partial_of(folder).exists():
            raise DataError(
                f"{path}: not finished, only {partial_of(folder)} is there; "
                "run the gld-embed command again, it resumes where it stopped"
            )
        raise DataError(f"{path}: not found; expected an embedding store made by gld-embed")
    group, ids, checksums = open_whole(folder)
    if not is_checksummed(group):
        _warn_once(
            f"{path}: has no checksums, so damage to its numbers may go unnoticed; "
            "gld-embed makes stores with checksums"
        )
    elif not has_digests(group):
        _warn_once(
            f"{path}: has no digests, so a changed file may go unnoticed; "
            "gld-embed makes stores with digests"
        )
    if not group.vectors.is_plain:
        _warn_once(
            f"{path}: its vectors have codecs, shards or chunks of another program, "
            "so they are read through Zarr, which is slower"
        )
    return EmbeddingStore(group, ids, checksums)


@cache
def _warn_once(line: str) -> None:
    """Log a line once, however often a command opens the same store."""
    log.warning("%s", line)
