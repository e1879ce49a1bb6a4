"""A rerank that is ready to run, whatever its method."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl
from gld_shared.progress import Advance, silent
from gld_shared.provenance import Input
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.neighbour_table import neighbour_tables

from gld_rerank.neighbours import Neighbours
from gld_rerank.reasons import Explain, moves, no_reasons, text_lines

_QUERIES_AT_ONCE = 2048
# Pairs of a query and an image at once.
_MOST_PAIRS = 1 << 21


def queries_at_once(images: int, most: int = _QUERIES_AT_ONCE) -> int:
    """Return how many queries to rank at once, each with so many images: ``most`` or fewer."""
    return max(1, min(most, _MOST_PAIRS // max(1, images)))


class NewNeighbours(Protocol):
    """What a command writes: neighbours in blocks, with their header and inputs."""

    @property
    def n_queries(self) -> int:
        """The number of queries."""

    @property
    def query_rows(self) -> Rows:
        """The row of each query in the first query store (q,)."""

    @property
    def searched(self) -> tuple[int, int]:
        """The numbers of images in the first query store, and in the index."""

    @property
    def header(self) -> dict[str, Any]:
        """The header of the new table, without its history."""

    @property
    def inputs(self) -> Sequence[Input]:
        """The inputs of the new neighbours, for their history."""

    def ranked(self, queries: slice) -> Iterator[tuple[slice, Floats, Rows]]:
        """Yield these queries a few at a time, with scores and index rows of each."""

    def blocks(self, advance: Advance = silent) -> Iterator[pl.DataFrame]:
        """Yield the new neighbours, and report the number of queries of each block."""

    def explain(self, query_id: str) -> Iterator[str]:
        """Yield lines of text that say why the results of a query moved."""


@dataclass(frozen=True)
class Reranking:
    """Neighbours, and the method that ranks the index again for some of their queries.

    ``rank`` takes a slice of the queries and returns scores and index rows, (q, k) each, best
    first; rows of -1, which are last, are left out. The result of a query is the same whatever
    other queries are in the slice. ``more_tables`` and ``more_stores`` are the other inputs of the
    method, for the history. ``reasons`` says why a query's results moved. ``rank`` gets at most
    ``queries_at_once``.
    """

    neighbours: Neighbours
    rank: Callable[[slice], tuple[Floats, Rows]]
    more_tables: Sequence[Input] = ()
    more_stores: Sequence[Input] = ()
    reasons: Explain = no_reasons
    queries_at_once: int = _QUERIES_AT_ONCE

    @property
    def n_queries(self) -> int:
        """The number of queries."""
        return len(self.neighbours.query_ids)

    @property
    def query_rows(self) -> Rows:
        """The row of each query in the first query store (q,)."""
        return self.neighbours.query_rows

    @property
    def searched(self) -> tuple[int, int]:
        """The numbers of images in the first query store, and in the index."""
        return self.neighbours.queries[0].n, self.neighbours.index_side.n

    @property
    def candidates(self) -> int:
        """The largest number of candidates that the table has for a query, at least 1."""
        return int(self.neighbours.rows.shape[1])

    @property
    def header(self) -> dict[str, Any]:
        """The paths of stores, and the weights, as a table of neighbours has them."""
        return self.neighbours.header

    @property
    def inputs(self) -> list[Input]:
        """The inputs of the new neighbours: tables, then stores."""
        return self.neighbours.inputs(self.more_tables, self.more_stores)

    def ranked(self, queries: slice) -> Iterator[tuple[slice, Floats, Rows]]:
        """Yield ``queries_at_once`` of these queries at a time: scores and rows (q, k)."""
        for start in range(queries.start, queries.stop, self.queries_at_once):
            part = slice(start, min(start + self.queries_at_once, queries.stop))
            yield part, *self.rank(part)

    def blocks(self, advance: Advance = silent) -> Iterator[pl.DataFrame]:
        """Yield the new neighbours (``query_id index_id rank score``), some queries at a time.

        ``advance`` is called with the number of queries that each block adds.
        """
        query_ids, index_ids = self.neighbours.query_ids, self.neighbours.index_side.ids
        for part, scores, rows in self.ranked(slice(0, self.n_queries)):
            yield from neighbour_tables(query_ids[part], index_ids, scores, rows)
            advance(len(rows))

    def explain(self, query_id: str) -> Iterator[str]:
        """Yield lines of text: what the method says about a query, then its results and reasons.

        The neighbours must be open with all ranks, or a result's place before is unknown. Raises
        DataError for a query that is not in the table.
        """
        query = self.neighbours.place_of(query_id)
        scores, rows = (found[0] for found in self.rank(slice(query, query + 1)))
        scores, rows = scores[rows >= 0], rows[rows >= 0]
        reasons = self.reasons(query, rows)
        yield from reasons.about
        moved = moves(self.neighbours, query, rows, scores)
        yield from text_lines(moved.hstack(reasons.columns.get_columns()))
