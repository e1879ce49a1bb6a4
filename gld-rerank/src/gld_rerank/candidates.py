"""The candidates of a table as arrays: their vectors, and the order that new scores give them."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.threads import cores

_MOST_BYTES = 256_000_000


def vectors_of(index: Index, rows: Rows) -> Floats:
    """Read the vectors of index rows (q, m), zeros where a row is -1: (q, m, d) float32.

    Each row is read once.
    """
    present = rows != NONE
    distinct, places = np.unique(rows[present], return_inverse=True)
    read = index.read(distinct)
    if present.all():
        return read[places].reshape(*rows.shape, -1)
    vectors = np.zeros((*rows.shape, read.shape[1]), np.float32)
    vectors[present] = read[places]
    return vectors


def threads_for(candidates: int) -> int:
    """Return how many threads may each compare so many candidates (m, m): 256 MB, or one thread.

    The products of two candidates, and what is computed from them, take 33 bytes.
    """
    return max(1, min(cores(), _MOST_BYTES // max(1, 33 * candidates**2)))


def rerank_top(rows: Rows, scores: Floats, new_scores: Floats | Doubles) -> tuple[Floats, Rows]:
    """Order the first candidates of each query by new scores; the others stay behind them.

    ``rows`` and ``scores`` (q, k) are candidates, -1 = none, and ``new_scores`` (q, m) are the new
    scores of the first m. Returns scores and rows (q, k), best first; equal scores are in the order
    of index rows. A candidate behind the first m keeps its place, and its score unless that is
    above the lowest new one, which it gets then, since scores never rise within a query.
    """
    first = rows[:, : new_scores.shape[1]]
    present = first != NONE
    # Absent candidates come last, whatever their scores.
    order = np.lexsort((first, -new_scores.astype(np.float32), ~present))
    ordered = rows.copy()
    ordered[:, : first.shape[1]] = np.take_along_axis(first, order, axis=1)
    ranked = scores.astype(np.float32)
    best = np.where(present, new_scores, np.inf).astype(np.float32)
    ranked[:, : first.shape[1]] = np.take_along_axis(best, order, axis=1)
    if first.shape[1] and first.shape[1] < rows.shape[1]:
        lowest = ranked[:, first.shape[1] - 1 : first.shape[1]]
        np.minimum(ranked[:, first.shape[1] :], lowest, out=ranked[:, first.shape[1] :])
    ranked[ordered == NONE] = 0
    return ranked, ordered
