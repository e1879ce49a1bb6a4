"""The neighbours to rank again: their table, and the stores that its header names."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours import read_ranked
from gld_shared.neighbours.keep_self import keeps_self
from gld_shared.neighbours.named_stores import weights_of
from gld_shared.provenance import Input
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.store.ensemble import Ensemble
from gld_shared.store.parts import AnyStore, names_of, stores_of
from gld_shared.tables import Table

log = logging.getLogger(__name__)


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

    @property
    def header(self) -> dict[str, Any]:
        """The stores, the weights, and whether own images are kept, as neighbours have them."""
        stores = {"queries": self.queries, "index": self.index}
        header: dict[str, Any] = {
            side: [names_of(store) for store in opened] for side, opened in stores.items()
        }
        if "weights" in self.table.header:
            header["weights"] = self.table.header["weights"]
        if keeps_self(self.table):
            header["keep_self"] = True
        return header

    def inputs(self, tables: Sequence[Input] = (), stores: Sequence[Input] = ()) -> list[Input]:
        """Return the inputs of what is made from the neighbours and more: tables, then stores."""
        return [self.table, *tables, *stores_of([*self.queries, *self.index]), *stores]

    def query_nodes(self) -> tuple[Rows, Rows]:
        """Return each query's node (q,) in a graph of the index, and the queries (m,) that it adds.

        A query that is an index image has its row; the others follow all images. They are in the
        order of their store, so that the graph is the same whatever the table's order is.
        """
        nodes = self.index_side.ids.rows_of(self.query_ids)
        added = np.flatnonzero(nodes < 0)
        added = added[np.argsort(self.query_rows[added])]
        nodes[added] = self.index_side.n + np.arange(len(added))
        return nodes, added

    def lacks(self, count: int) -> bool:
        """Return whether no query has so many neighbours, though the index has so many images."""
        return bool(len(self.rows)) and self.rows.shape[1] < min(count, self.index_side.n - 1)

    def warn_if_it_lacks(self, count: int, option: str) -> None:
        """Warn that a method uses fewer candidates than its option says."""
        if self.lacks(count):
            log.warning(
                "%s: has at most %s of a query, fewer than %s %d; search again with -k %d",
                display_name(self.table.path),
                counted(self.rows.shape[1], "neighbour"),
                option,
                count,
                max(100, count),
            )

    def check_scores(self) -> None:
        """Raise DataError for a score that is not finite, to which no method can add anything."""
        wrong = np.argwhere(~np.isfinite(self.scores))
        if len(wrong):
            query, place = wrong[0].tolist()
            raise infinite_score(
                self.table.path, self.query_ids[query], float(self.scores[query, place])
            )

    def place_of(self, query_id: str) -> int:
        """Return a query's place. Raises DataError when it is not in the table."""
        if query_id not in self.query_ids:
            raise DataError(
                f"{display_name(self.table.path)}: "
                f"no query {query_id!r}; {expected_query('its', self.query_ids)}"
            )
        return self.query_ids.index(query_id)


def infinite_score(table: str, query_id: str, score: float) -> DataError:
    """Return the error of a score that is not finite."""
    return DataError(
        f"{display_name(table)}: query {query_id!r}: score {score:g}, "
        "expected a finite number; search again"
    )


def expected_query(whose: str, query_ids: Sequence[str]) -> str:
    """Say which queries were expected in place of an unknown one."""
    if not query_ids:
        return "there are no neighbours of any query; search an index with more images"
    return f"expected one of {whose} {len(query_ids):,}, such as {query_ids[0]!r}"


Source = Neighbours | Table | str | Path


def open_neighbours(source: Source, count: int | None = None) -> Neighbours:
    """Open neighbours and the stores that their header names.

    A file is a table or Zarr, of which only each query's first ``count`` neighbours are kept, by
    default all, and of another program's table all; ``-`` is standard input. Neighbours that are
    open already are returned as they are. Memory: 12 bytes for each neighbour that is kept, and
    more while they are read. Raises DataError when a store is missing, does not match the others,
    was made again since the search, or lacks a query or a neighbour.
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
