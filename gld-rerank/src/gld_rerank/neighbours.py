"""The neighbours to rank again: their table, and the stores that its header names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.store.ensemble import Ensemble, check_ensemble, check_weights
from gld_shared.store.parts import AnyStore, open_parts
from gld_shared.tables import Table, read_best_neighbours
from gld_shared.type_contract import type_fault


@dataclass(frozen=True)
class Neighbours:
    """A table of neighbours with its stores, a query store and an index store for each network.

    ``query_side`` and ``index_side`` are these stores side by side, ``weights`` the networks'.
    ``query_ids`` are the queries in the table's order, ``query_rows`` (q,) their rows on that side.
    """

    table: Table
    queries: list[AnyStore]
    index: list[AnyStore]
    query_side: Ensemble
    index_side: Ensemble
    weights: list[float]
    query_ids: list[str]
    query_rows: Rows

    def query_vectors(self, part: slice) -> Floats:
        """Read the vectors of some queries, all networks side by side: (q, sum of d)."""
        return self.query_side.read(self.query_rows[part])

    def weigh(self, vectors: Floats) -> Floats | Doubles:
        """Scale joined vectors of queries, so that their products are what the search summed."""
        return self.query_side.weigh(vectors, self.weights)

    def best(self, count: int) -> tuple[Rows, Floats]:
        """Return index rows and scores of each query's first ``count`` neighbours, (q, count).

        A query with fewer neighbours is filled up with row 0 and score 0.
        """
        top = self.table.rows.filter(pl.col("rank") <= count)
        position = {query_id: row for row, query_id in enumerate(self.query_ids)}
        queries = np.array([position[query_id] for query_id in top["query_id"]], np.int64)
        ranks = top["rank"].to_numpy() - 1
        rows = np.zeros((len(self.query_ids), count), np.int64)
        scores = np.zeros(rows.shape, np.float32)
        rows[queries, ranks] = rows_in(self.index[0], top["index_id"].to_list(), self.table.path)
        scores[queries, ranks] = top["score"].to_numpy()
        return rows, scores


def open_neighbours(source: Table | str | Path, count: int) -> Neighbours:
    """Open neighbours and the stores that their header names.

    Of a file, only each query's first ``count`` neighbours are kept; ``-`` is standard input.
    Raises DataError when a store is missing, does not match the others, or lacks a query.
    """
    table = source if isinstance(source, Table) else read_best_neighbours(source, count)
    queries, index = (_named_stores(table, side) for side in ("queries", "index"))
    check_ensemble(queries, index)
    weights = _weights(table, len(queries))
    query_ids = table.rows["query_id"].unique(maintain_order=True).to_list()
    query_rows = rows_in(queries[0], query_ids, table.path)
    sides = Ensemble(queries), Ensemble(index)
    return Neighbours(table, queries, index, *sides, weights, query_ids, query_rows)


def _named_stores(table: Table, side: str) -> list[AnyStore]:
    paths = table.header.get(side)
    if not paths or type_fault(paths, list[str | list[str]]) or not all(paths):
        raise DataError(
            f"{table.path}:1: the header names no {side} stores; "
            "reranking needs a table that gld-search wrote"
        )
    return [open_parts([name] if isinstance(name, str) else name) for name in paths]


def _weights(table: Table, networks: int) -> list[float]:
    """Return the weights in the header, by default 1."""
    weights = table.header.get("weights", [1.0] * networks)
    if type_fault(weights, list[float]) or not np.isfinite(weights).all():
        raise DataError(
            f"{table.path}:1: header: weights: expected a list of numbers, got {weights!r}; "
            "reranking needs a table that gld-search wrote"
        )
    check_weights(weights, networks)
    return list(weights)


def rows_in(store: AnyStore, ids: Sequence[str], source: str) -> Rows:
    """Return the rows of ids in a store. Raises DataError naming the first missing id."""
    rows = store.ids.rows_of(ids)
    if (rows < 0).any():
        raise DataError(
            f"{source}: {ids[int(np.argmin(rows))]!r} is not in {store.path}; "
            "the store has been made again since, so search again"
        )
    return rows
