"""Leaving unreadable images out of a store, and the table that says which and why."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from gld_shared.embeddings import EmbeddingStore
from gld_shared.embeddings_writer import StoreWriter
from gld_shared.errors import DataError
from gld_shared.tables import read_table, write_table
from gld_shared.tables_kinds import UNREADABLE

from gld_embed.resume import open_partial

log = logging.getLogger(__name__)


def table_of(store: Path) -> Path:
    """Where the table of what was left out of ``X.zarr`` lies: ``X.unreadable.tsv``."""
    return store.with_name(f"{store.name.removesuffix('.zarr')}.unreadable.tsv")


def read_dropped(store: Path) -> set[str]:
    """The ids that were left out of a finished store."""
    table = table_of(store)
    return set(read_table(table, UNREADABLE).rows["id"]) if table.exists() else set()


def drop_rows(
    writer: StoreWriter,
    ids: Sequence[str],
    paths: Sequence[str],
    reasons: Mapping[int, str],
    attributes: Mapping[str, Any],
) -> Path:
    """Finish a store without the rows in ``reasons``, after the table that names them.

    All chunks of ``writer`` are there. Raises DataError if no row is left. Memory: one chunk.
    """
    if len(reasons) == len(ids) > 0:
        raise DataError(f"none of the {len(ids)} images can be read, the first: {reasons[0]}")
    _write_table(table_of(writer.path), ids, paths, reasons, attributes)
    if not reasons:
        return writer.finish()
    log.warning("%d of %d images left out, see %s", len(reasons), len(ids), table_of(writer.path))
    partial = open_partial(writer)
    kept = [row for row in range(len(ids)) if row not in reasons]
    compact = _copy(
        partial, kept, ids, attributes, writer.path.with_name(f"{writer.path.name}.kept")
    )
    compact.rename(writer.path)
    shutil.rmtree(partial.path)
    return writer.path


def _copy(
    source: EmbeddingStore,
    rows: Sequence[int],
    ids: Sequence[str],
    attributes: Mapping[str, Any],
    target: Path,
) -> Path:
    """Some rows of a store as a store of their own, made from nothing each time."""
    for leftover in (target, target.with_name(f"{target.name}.partial")):
        if leftover.exists():
            shutil.rmtree(leftover)
    names = [ids[row] for row in rows]
    copy = StoreWriter.open(target, names, source.dimension, str(source.dtype), attributes)
    for chunk in copy.missing_chunks():
        part = copy.rows_of(chunk)
        copy.write_chunk(chunk, source.read(list(rows[part.start : part.stop])))
    return copy.finish()


def _write_table(
    target: Path,
    ids: Sequence[str],
    paths: Sequence[str],
    reasons: Mapping[int, str],
    attributes: Mapping[str, Any],
) -> None:
    dropped = sorted(reasons)
    rows = pl.DataFrame(
        {
            "id": [ids[row] for row in dropped],
            "path": [paths[row] for row in dropped],
            "reason": [" ".join(reasons[row].split()) for row in dropped],
        },
        schema=dict(UNREADABLE.columns),
    )
    write_table(target, UNREADABLE, rows, {"history": attributes.get("history", [])})
