"""The neighbours to rank again: their table, and the stores that its header names."""

from dataclasses import dataclass
from pathlib import Path

from gld_shared.neighbours import read_ranked
from gld_shared.neighbours.named_stores import weights_of
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.store.ensemble import Ensemble
from gld_shared.store.parts import AnyStore
from gld_shared.tables import Table


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

    A file is a table or Zarr, of which only each query's first ``count`` neighbours are kept, by
    default all; ``-`` is standard input. Neighbours that are open already are returned as they are.
    Memory: 12 bytes for each neighbour that is kept, and more while they are read. Raises DataError
    when a store is missing, does not match the others, was made again since the search, or lacks a
    query or a neighbour.
    """
    if isinstance(source, Neighbours):
        return source
    found = read_ranked(source, count)
    queries, index = found.queries, found.index
    weights = weights_of(found.table, len(queries))
    query_ids = queries[0].ids.take(found.query_rows).to_list()
    sides = Ensemble(queries), Ensemble(index)
    return Neighbours(
        found.table, queries, index, *sides, weights, query_ids, found.query_rows,
        found.rows, found.scores,
    )  # fmt: skip
