"""The best of scored pairs."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows


def best_of_pairs(
    queries: Rows, rows: Rows, scores: Floats | Doubles, n_queries: int, k: int
) -> tuple[Floats, Rows]:
    """Return the k best of pairs (p,) of a query and an index row: scores and rows (q, k).

    Equal scores, in float32, are in the order of index rows. A query with fewer has rows of -1 in
    its last places.
    """
    rounded = scores.astype(np.float32)
    order = np.lexsort((rows, -rounded, queries))
    places = np.arange(len(order)) - np.searchsorted(queries[order], queries[order])
    order, places = order[places < k], places[places < k]
    most = int(places.max(initial=-1)) + 1
    best_rows = np.full((n_queries, most), NONE, np.int64)
    best_scores = np.zeros((n_queries, most), np.float32)
    best_rows[queries[order], places] = rows[order]
    best_scores[queries[order], places] = rounded[order]
    return best_scores, best_rows
