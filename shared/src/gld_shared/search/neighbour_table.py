"""The result of a search as a table of neighbours."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import polars as pl

from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.threads import cores, in_order
from gld_shared.tables import NEIGHBOURS

# Rows of a table, and bytes of their text.
_ROWS, _TEXT = 32_768, 6_000_000


class Names(Protocol):
    """The ids of an index."""

    @property
    def longest(self) -> int:
        """The bytes of the longest id."""

    def take(self, rows: Rows) -> pl.Series:
        """Return the ids of some rows (m,), as strings (m,)."""


def neighbour_table(
    query_ids: Sequence[str], index_ids: Names, scores: Floats, rows: Rows
) -> pl.DataFrame:
    """Return the scores and index rows (q, m) of a search as the rows of a table of neighbours.

    A row of -1 is no neighbour; those are last.
    """
    n_queries, m = rows.shape
    query_rows = np.repeat(np.arange(n_queries), m)
    ranks = np.tile(np.arange(1, m + 1), n_queries)
    found = rows.ravel() >= 0
    return pl.DataFrame(
        {
            "query_id": pl.Series(query_ids, dtype=pl.String).gather(query_rows[found]),
            "index_id": index_ids.take(rows.ravel()[found]),
            "rank": ranks[found],
            "score": scores.ravel()[found],
        },
        schema=dict(NEIGHBOURS.columns),
    )


def neighbour_tables(
    query_ids: Sequence[str], index_ids: Names, scores: Floats, rows: Rows
) -> Iterator[pl.DataFrame]:
    """Yield the same as tables of some queries each, which threads make ahead.

    Memory: those of one more than there are threads, of at most 6 MB of text each, or one query.
    """
    of_row = index_ids.longest + max((len(each.encode()) for each in query_ids), default=0)
    step = max(1, min(_ROWS, _TEXT // max(1, of_row)) // max(1, rows.shape[1]))

    def table_of(first: int) -> pl.DataFrame:
        some = slice(first, first + step)
        return neighbour_table(query_ids[some], index_ids, scores[some], rows[some])

    yield from in_order(table_of, range(0, len(rows), step), cores())
