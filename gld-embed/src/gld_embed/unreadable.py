"""Leaving unreadable images out of a store, and the table that says which and why."""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from gld_shared.images.unreadable import refuse_empty, skipped_table, write_skipped
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter
from gld_shared.store.create import remove_strays
from gld_shared.store.layout import open_group, partial_of
from gld_shared.tables import UNREADABLE, read_table

log = logging.getLogger(__name__)


def read_dropped(store: Path) -> set[str]:
    """The ids that were left out of a finished store."""
    table = skipped_table(store)
    return set(read_table(table, UNREADABLE).rows["id"]) if table.exists() else set()


def drop_rows(
    writer: StoreWriter,
    rows: pl.DataFrame,
    reasons: Mapping[int, str],
    attributes: Mapping[str, Any],
) -> Path:
    """Finish a store without the rows in ``reasons``, after the table that names them.

    All chunks of ``writer`` are there, and ``rows`` are the list's. Raises DataError if no row is
    left. Memory: one chunk, and 8 bytes a row.
    """
    skipped = sorted(reasons)
    why = [reasons[row] for row in skipped]
    refuse_empty(why, len(rows))
    table = skipped_table(writer.path)
    write_skipped(table, rows[skipped], why, attributes.get("history", []))
    if not reasons:
        return writer.finish()
    log.warning("%d of %d images left out, see %s", len(reasons), len(rows), table)
    folder = partial_of(writer.path)
    kept = np.setdiff1d(np.arange(len(rows)), list(reasons))
    target = writer.path.with_name(f"{writer.path.name}.kept")
    partial = EmbeddingStore(folder, open_group(folder))
    _copy(partial, kept, rows["id"][kept], attributes, target).rename(writer.path)
    shutil.rmtree(folder)
    remove_strays(writer.path)
    return writer.path


def _copy(
    source: EmbeddingStore,
    rows: npt.NDArray[np.int64],
    ids: pl.Series,
    attributes: Mapping[str, Any],
    target: Path,
) -> Path:
    """Some rows of a store as a store of their own, made from nothing each time."""
    for leftover in (target, partial_of(target)):
        if leftover.exists():
            shutil.rmtree(leftover)
    copy = StoreWriter.open(target, StoreSpec(ids, source.dimension, str(source.dtype), attributes))
    for chunk in copy.missing_chunks():
        part = copy.rows_of(chunk)
        copy.write_chunk(chunk, source.read(rows[part.start : part.stop]))
    return copy.finish()
