"""A table of neighbours as rows of the stores that were searched."""

from typing import NoReturn

import numpy as np
import polars as pl

from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours.contract import NONE
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.parts import AnyStore
from gld_shared.tables import Table

# Digests of the stores are checked before, where the history has them.
CHANGED = "the table was edited, or the store made again, so search again"


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
    found = index.ids.rows_of(ranked["index_id"])
    if (found < 0).any():
        _refuse(table, named_neighbour(ranked, int(np.argmin(found))), index)
    rows[queries, places] = found
    scores[queries, places] = ranked["score"].to_numpy()
    return rows, scores


def query_rows(table: Table, queries: AnyStore) -> Rows:
    """Return the rows of the table's queries in their store, in the table's order.

    Raises DataError for a query that the store lacks.
    """
    ids = table.rows["query_id"].unique(maintain_order=True)
    rows = queries.ids.rows_of(ids)
    if (rows < 0).any():
        _refuse(table, f"query {ids[int(np.argmin(rows))]!r}", queries)
    return rows


def named_neighbour(ranked: pl.DataFrame, row: int) -> str:
    """Return a row of a table of neighbours for a message: its query, rank and image."""
    query, rank, image = ranked.select("query_id", "rank", "index_id").row(row)
    return f"query {query!r}, rank {rank}: {image!r}"


def _refuse(table: Table, missing: str, store: AnyStore) -> NoReturn:
    raise DataError(
        f"{display_name(table.path)}: {missing} is not in {store.path}, which the header names; "
        f"{CHANGED}"
    )
