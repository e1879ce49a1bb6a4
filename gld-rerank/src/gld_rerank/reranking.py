"""A rerank that is ready to run, whatever its method."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from gld_shared.progress import Advance, silent
from gld_shared.provenance import Input
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.neighbour_table import neighbour_table
from gld_shared.store import EmbeddingStore
from gld_shared.store.parts import names_of, stores_of
from gld_shared.tables import Table

from gld_rerank.neighbours import Neighbours

QUERIES_AT_ONCE = 2048


@dataclass(frozen=True)
class Reranking:
    """Neighbours, and the method that ranks the index again for some of their queries.

    ``rank`` takes a slice of the queries and returns scores and index rows, (q, k) each, best
    first. ``more_tables`` and ``more_stores`` are the other inputs of the method, for the history.
    """

    neighbours: Neighbours
    rank: Callable[[slice], tuple[Floats, Rows]]
    more_tables: Sequence[Table] = ()
    more_stores: Sequence[EmbeddingStore] = ()

    @property
    def n_queries(self) -> int:
        """The number of queries."""
        return len(self.neighbours.query_ids)

    @property
    def header(self) -> dict[str, Any]:
        """The paths of stores, and the weights, as a table of neighbours has them."""
        stores = {"queries": self.neighbours.queries, "index": self.neighbours.index}
        paths = {side: [names_of(store) for store in opened] for side, opened in stores.items()}
        given = self.neighbours.table.header
        return {**paths, **({"weights": given["weights"]} if "weights" in given else {})}

    @property
    def inputs(self) -> list[Input]:
        """The inputs of the new neighbours: tables, then stores."""
        found = self.neighbours
        tables = [found.table, *self.more_tables]
        return [*tables, *stores_of([*found.queries, *found.index]), *self.more_stores]

    def blocks(self, advance: Advance = silent) -> Iterator[pl.DataFrame]:
        """Yield the new neighbours (``query_id index_id rank score``), 2,048 queries at a time.

        ``advance`` is called with the number of queries that each block adds.
        """
        query_ids, index_ids = self.neighbours.query_ids, self.neighbours.index_side.ids
        for start in range(0, self.n_queries, QUERIES_AT_ONCE):
            part = slice(start, start + QUERIES_AT_ONCE)
            scores, rows = self.rank(part)
            yield neighbour_table(query_ids[part], index_ids, scores, rows)
            advance(len(rows))
