"""The best of scored pairs."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.pairs import Pairs, best_pairs


def best_of_pairs(
    queries: Rows, rows: Rows, scores: Floats | Doubles, n_queries: int, k: int
) -> tuple[Floats, Rows]:
    """Return the k best of pairs (p,) of a query and an index row: scores and rows (q, k).

    Equal scores, in float32, are in the order of index rows. A query with fewer has rows of -1 in
    its last places.
    """
    rounded = scores.astype(np.float32)
    best = best_pairs(Pairs(queries, rows, np.zeros(len(rows), np.int32)), rounded, k)
    of_query = queries[best]
    places = np.arange(len(best)) - np.searchsorted(of_query, of_query)
    most = int(places.max(initial=-1)) + 1
    best_rows = np.full((n_queries, most), NONE, np.int64)
    best_scores = np.zeros((n_queries, most), np.float32)
    best_rows[of_query, places] = rows[best]
    best_scores[of_query, places] = rounded[best]
    return best_scores, best_rows
