"""A table of neighbours as rows of the stores that were searched."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours.contract import NONE
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.parts import AnyStore
from gld_shared.tables import Table


def ranked_rows(table: Table, index: AnyStore) -> tuple[Rows, Floats]:
    """Return the index rows of each query's neighbours, (q, m), and their scores.

    Queries are in the table's order; m is the largest number of neighbours, at least 1. A query
    with fewer has -1 and 0 in its last places. Raises DataError for an id that the index lacks.
    """
    ranked = table.rows
    queries = ranked.select(pl.col("query_id").rle_id())["query_id"].to_numpy().astype(np.int64)
    places = ranked["rank"].to_numpy() - 1
    shape = (int(queries[-1]) + 1, int(places.max()) + 1) if len(queries) else (0, 1)
    rows, scores = np.full(shape, NONE, np.int64), np.zeros(shape, np.float32)
    rows[queries, places] = rows_in(index, ranked["index_id"], table.path)
    scores[queries, places] = ranked["score"].to_numpy()
    return rows, scores


def query_rows(table: Table, queries: AnyStore) -> Rows:
    """Return the rows of the table's queries in their store, in the table's order."""
    return rows_in(queries, table.rows["query_id"].unique(maintain_order=True), table.path)


def rows_in(store: AnyStore, ids: Sequence[str] | pl.Series, source: str | Path) -> Rows:
    """Return the rows of ids in a store. Raises DataError naming the first missing id."""
    rows = store.ids.rows_of(ids)
    if (rows < 0).any():
        raise DataError(
            f"{display_name(source)}: {ids[int(np.argmin(rows))]!r} is not in {store.path}; "
            "the store has been made again since, so search again"
        )
    return rows
