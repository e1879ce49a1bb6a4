"""The neighbours to rank again: their table, and the stores that its header names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.store.ensemble import Ensemble, check_ensemble, check_weights
from gld_shared.store.parts import AnyStore, open_parts, stores_of
from gld_shared.tables import Table, read_best_neighbours, read_neighbours
from gld_shared.type_contract import type_fault

NONE = -1


@dataclass(frozen=True)
class Neighbours:
    """A table of neighbours with its stores, a query store and an index store for each network.

    ``query_side`` and ``index_side`` are these stores side by side, ``weights`` the networks'.
    ``query_ids`` are the queries in the table's order, ``query_rows`` (q,) their rows on that side.
    ``rows`` (q, m) are the index rows of their neighbours, best first, -1 = none, and ``scores``
    (q, m) the table's, 0 where there is none; m is at least 1. ``table`` is without its rows.
    """

    table: Table
    queries: list[AnyStore]
    index: list[AnyStore]
    query_side: Ensemble
    index_side: Ensemble
    weights: list[float]
    query_ids: list[str]
    query_rows: Rows
    rows: Rows
    scores: Floats

    def query_vectors(self, part: slice) -> Floats:
        """Read the vectors of some queries, all networks side by side: (q, sum of d)."""
        return self.query_side.read(self.query_rows[part])

    def weigh(self, vectors: Floats) -> Floats | Doubles:
        """Scale joined vectors of queries, so that their products are what the search summed."""
        return self.query_side.weigh(vectors, self.weights)

    def best(self, count: int) -> tuple[Rows, Floats]:
        """Return index rows and scores of each query's first ``count`` neighbours, (q, m) each.

        A query with fewer has -1 and 0 in its last places; m is ``count`` unless no query has as
        many.
        """
        return self.rows[:, :count], self.scores[:, :count]


Source = Neighbours | Table | str | Path


def open_neighbours(source: Source, count: int | None = None) -> Neighbours:
    """Open neighbours and the stores that their header names.

    Of a file, only each query's first ``count`` neighbours are kept, by default all; ``-`` is
    standard input. Neighbours that are open already are returned as they are.
    Memory: 12 bytes for each neighbour that is kept, and more while they are read. Raises DataError
    when a store is missing, does not match the others, was made again since the search, or lacks a
    query or a neighbour.
    """
    if isinstance(source, Neighbours):
        return source
    table = _read(source, count)
    queries, index = (named_stores(table, side) for side in ("queries", "index"))
    check_ensemble(queries, index)
    _check_unchanged(table, [*queries, *index])
    weights = _weights(table, len(queries))
    query_ids = table.rows["query_id"].unique(maintain_order=True).to_list()
    query_rows = rows_in(queries[0], query_ids, table.path)
    rows, scores = _as_arrays(table, index[0])
    sides = Ensemble(queries), Ensemble(index)
    bare = replace(table, rows=table.rows.clear())
    return Neighbours(bare, queries, index, *sides, weights, query_ids, query_rows, rows, scores)


def _read(source: Table | str | Path, count: int | None) -> Table:
    if isinstance(source, Table):
        return source
    return read_neighbours(source) if count is None else read_best_neighbours(source, count)


def _as_arrays(table: Table, index: AnyStore) -> tuple[Rows, Floats]:
    """Return index rows and scores by query and rank; see ``Neighbours``."""
    top = table.rows
    queries = top.select(pl.col("query_id").rle_id())["query_id"].to_numpy().astype(np.int64)
    places = top["rank"].to_numpy() - 1
    shape = (int(queries[-1]) + 1, int(places.max()) + 1) if len(queries) else (0, 1)
    rows, scores = np.full(shape, NONE, np.int64), np.zeros(shape, np.float32)
    rows[queries, places] = rows_in(index, top["index_id"], table.path)
    scores[queries, places] = top["score"].to_numpy()
    return rows, scores


class Headed(Protocol):
    """A table of neighbours, or a stream of one."""

    @property
    def path(self) -> str:
        """Where it is."""

    @property
    def header(self) -> dict[str, Any]:
        """Its header."""


def named_stores(table: Headed, side: str) -> list[AnyStore]:
    """Open the stores that a header names as ``queries`` or ``index``, one for each network."""
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


def _check_unchanged(table: Table, stores: Sequence[AnyStore]) -> None:
    """Raise DataError for a store that has other contents than those that were searched."""
    read = {each["path"]: each["sha256"] for step in table.history for each in step["inputs"]}
    for store in stores_of(stores):
        then = read.get(str(store.path), store.sha256)
        if then != store.sha256:
            raise DataError(
                f"{table.path}: was made from {store.path} with sha256 {then[:12]}, which now has "
                f"{store.sha256[:12]}; the store has been made again since, so search again"
            )


def rows_in(store: AnyStore, ids: Sequence[str] | pl.Series, source: str | Path) -> Rows:
    """Return the rows of ids in a store. Raises DataError naming the first missing id."""
    rows = store.ids.rows_of(ids)
    if (rows < 0).any():
        raise DataError(
            f"{source}: {ids[int(np.argmin(rows))]!r} is not in {store.path}; "
            "the store has been made again since, so search again"
        )
    return rows
