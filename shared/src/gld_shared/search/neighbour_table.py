"""The result of a search as a table of neighbours."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from gld_shared.search.blocks import Floats, Rows
from gld_shared.tables import NEIGHBOURS


def neighbour_table(
    query_ids: Sequence[str], index_ids: Sequence[str], scores: Floats, rows: Rows
) -> pl.DataFrame:
    """Return the scores and index rows (q, m) of a search as the rows of a table of neighbours."""
    n_queries, m = rows.shape
    query_rows = np.repeat(np.arange(n_queries), m)
    names = pl.Series("index_id", index_ids, dtype=pl.String)
    return pl.DataFrame(
        {
            "query_id": pl.Series(query_ids, dtype=pl.String).gather(query_rows),
            "index_id": names.gather(rows.ravel()),
            "rank": np.tile(np.arange(1, m + 1), n_queries),
            "score": scores.ravel(),
        },
        schema=dict(NEIGHBOURS.columns),
    )
