"""The result of a search as a table of neighbours."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import polars as pl

from gld_shared.search.blocks import Floats, Rows
from gld_shared.tables import NEIGHBOURS


class Names(Protocol):
    """The ids of an index."""

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
