"""Finishing a store without some of its rows."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from gld_shared.errors import DataError
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter
from gld_shared.store.create import remove_strays
from gld_shared.store.layout import partial_of
from gld_shared.store.zarr_group import open_group
from gld_shared.unfinished_names import name_beside
from gld_shared.work.leftovers import is_removable

from gld_embed.leftovers import kept_of


def drop_rows(
    writer: StoreWriter, rows: Sequence[int], ids: pl.Series, attributes: Mapping[str, Any]
) -> None:
    """Finish a complete store without ``rows``; ``ids`` has the id of every row.

    Memory: one chunk, and 8 bytes a row.
    """
    if not rows:
        writer.finish()
        return
    partial = partial_of(writer.path)
    kept = np.setdiff1d(np.arange(len(ids)), rows)
    source = EmbeddingStore(open_group(partial))
    _copy(source, kept, ids[kept], attributes, kept_of(writer.path)).rename(writer.path)
    # Under a hidden name first: half of a store could not be told from other folders.
    partial.rename(name_beside(partial))
    remove_strays(writer.path)


def _copy(
    source: EmbeddingStore,
    rows: npt.NDArray[np.int64],
    ids: pl.Series,
    attributes: Mapping[str, Any],
    target: Path,
) -> Path:
    """Copy some rows of a store to a new store; an interrupted copy starts over."""
    for leftover in (target, partial_of(target)):
        if not leftover.exists():
            continue
        if not is_removable(leftover):
            raise DataError(
                f"{leftover}: exists and is no store of gld's, which needs the name to leave out "
                "unreadable images; move it away"
            )
        shutil.rmtree(leftover)
    copy = StoreWriter.open(target, StoreSpec(ids, source.dimension, str(source.dtype), attributes))
    for chunk in copy.missing_chunks():
        part = copy.rows_of(chunk)
        copy.write_chunk(chunk, source.read(rows[part.start : part.stop]))
    return copy.finish()
