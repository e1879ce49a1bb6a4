"""Writing an embedding store chunk by chunk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from gld_shared.store.create import refuse_taken
from gld_shared.store.group_writer import GroupWriter
from gld_shared.store.id_column import IdColumn, id_column
from gld_shared.store.spec import StoreSpec
from gld_shared.store.zarr_group import StoreGroup


class StoreWriter(GroupWriter[StoreGroup]):
    """An unfinished embedding store; see ``GroupWriter``."""

    @classmethod
    def open(cls, path: str | Path, spec: StoreSpec) -> "StoreWriter":
        """Create a store, resume its ``.partial``, or open a complete one as ``finished``."""
        return cls(path, spec)

    def write_chunk(self, chunk: int, vectors: npt.NDArray[Any]) -> None:
        """Write one chunk, of shape (rows of the chunk, d), whole or not at all."""
        self.write_chunks(chunk, [vectors])


def write_store(
    path: str | Path,
    ids: Sequence[str],
    vectors: npt.NDArray[Any],
    attributes: Mapping[str, Any] | None = None,
    dtype: str = "float16",
) -> Path:
    """Write vectors in memory, shape (n, d), as a new store.

    Raises DataError when the name is taken, by an unfinished store too, and ValueError for another
    number of ids than of vectors, and for ids that are empty or repeated.
    """
    refuse_taken(path)
    if len(ids) != len(vectors):
        raise ValueError(f"{len(ids)} ids of {len(vectors)} vectors")
    _check(id_column([ids]))
    writer = StoreWriter.open(path, StoreSpec(ids, vectors.shape[1], dtype, attributes or {}))
    for chunk in writer.missing_chunks():
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, vectors[rows.start : rows.stop])
    return writer.finish()


def _check(ids: IdColumn) -> None:
    """Raise ValueError for ids with which no store could be opened."""
    empty, repeat = ids.first_empty(), ids.first_repeat()
    if empty is not None:
        raise ValueError(f"the id of row {empty} is empty; expected a name for each vector")
    if repeat is not None:
        first, again = repeat
        raise ValueError(
            f"row {again} has the id {ids[again]!r} of row {first}; expected each id once"
        )
