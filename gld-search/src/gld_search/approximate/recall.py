"""Recall of an approximate search, measured against the exact one."""

from typing import TypedDict

import numpy as np
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Rows

from gld_search.approximate.search import ApproximateSearch

_RANKS = (1, 10, 100)


class Recall(TypedDict):
    """The mean share of the exact k nearest images that the search found, by k, and its queries."""

    queries: int
    at: dict[str, float]


def measure_recall(
    search: ApproximateSearch,
    queries: int,
    seed: int,
    device: str = "cpu",
    advance: Advance = silent,
) -> Recall:
    """Measure recall@1, @10, @100 and @k, as far as k goes, on queries that ``seed`` draws.

    ``advance`` is called with the pairs of a query and an image that the exact search compares.
    """
    count = min(queries, search.n)
    rows = np.sort(np.random.default_rng(seed).choice(search.n, count, replace=False))
    exact, _ = search.best_exactly(rows, device, advance)
    found, _ = search.best(rows)
    ranks = sorted({rank for rank in (*_RANKS, search.k) if rank <= search.k})
    return {"queries": count, "at": {str(k): recall_at(found, exact, k) for k in ranks}}


def recall_at(found: Rows, exact: Rows, k: int) -> float:
    """Return the mean share of each query's first k exact rows (q, m) among its first k found."""
    shares = [
        len(np.intersect1d(ours[:k], best[best >= 0][:k])) / len(best[best >= 0][:k])
        for ours, best in zip(found, exact, strict=True)
        if (best >= 0).any()
    ]
    return round(float(np.mean(shares)), 6) if shares else 1.0
