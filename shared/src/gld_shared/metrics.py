"""Metrics of a ranking: average precision, precision and recall at k, for many queries at once.

Only hits matter, so rankings are given in flat form: ``query`` and ``rank`` of each relevant item
found. Time and memory grow with the number of hits, not with the rankings.
"""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MEASURES",
    "average_precision",
    "average_precision_at",
    "mean_average_precision",
    "precision_at",
    "recall_at",
]

Integers = NDArray[np.int64]
Values = NDArray[np.float64]
Measure = Callable[[Integers, Integers, Integers, int], Values]


def average_precision_at(query: Integers, rank: Integers, positives: Integers, k: int) -> Values:
    """Compute average precision at k as Google Landmark Retrieval defines it: (queries,) float64.

    AP = sum over the hits at ranks r <= k of (hits up to r) / r, divided by min(m, k), where m is
    the number of positives. ``query`` (hits,) are rows of ``positives``, ``rank`` (hits,) starts at
    1; hits may be in any order, no rank twice in a query. Every m must be at least 1.
    Source: https://www.kaggle.com/competitions/landmark-retrieval-2021, Evaluation.
    """
    query, rank, positives = _checked(query, rank, positives, k)
    order = np.lexsort((rank, query))
    query, rank = query[order], rank[order]
    hits = np.bincount(query, minlength=len(positives))
    first = (np.cumsum(hits) - hits)[query]
    precision = (np.arange(len(query)) - first + 1) / rank
    total = np.bincount(query, weights=precision, minlength=len(positives))
    return np.asarray(total / np.minimum(positives, k))


def precision_at(query: Integers, rank: Integers, positives: Integers, k: int) -> Values:
    """Compute hits among the first k divided by k, even in a shorter ranking: (queries,) float64.

    Arguments as in ``average_precision_at``.
    """
    query, _, positives = _checked(query, rank, positives, k)
    return np.bincount(query, minlength=len(positives)) / k


def recall_at(query: Integers, rank: Integers, positives: Integers, k: int) -> Values:
    """Compute hits among the first k divided by the number of positives: (queries,) float64.

    Arguments as in ``average_precision_at``.
    """
    query, _, positives = _checked(query, rank, positives, k)
    return np.asarray(np.bincount(query, minlength=len(positives)) / positives)


MEASURES: MappingProxyType[str, Measure] = MappingProxyType(
    {"map": average_precision_at, "precision": precision_at, "recall": recall_at}
)


def average_precision(relevant: ArrayLike, positives: int, k: int = 100) -> float:
    """Compute average precision at k of one ranking: ``relevant`` (n,) bool, best first."""
    return mean_average_precision(np.asarray(relevant, bool)[None], np.array([positives]), k)


def mean_average_precision(relevant: ArrayLike, positives: ArrayLike, k: int = 100) -> float:
    """Compute mean average precision at k over the queries that have positives.

    ``relevant`` (queries, n) bool marks relevant neighbours, best first; ``positives`` (queries,)
    counts those in the whole index. Raises ValueError if no query has any.
    """
    matrix, counts = np.asarray(relevant, bool), np.asarray(positives, np.int64)
    matrix, counts = matrix[counts > 0], counts[counts > 0]
    if not len(counts):
        raise ValueError("no query has a relevant image")
    query, column = np.nonzero(matrix)
    return float(average_precision_at(query, column + 1, counts, k).mean())


def _checked(
    query: ArrayLike, rank: ArrayLike, positives: ArrayLike, k: int
) -> tuple[Integers, Integers, Integers]:
    """Keep the hits within the first k, as integer arrays."""
    rows, ranks = np.asarray(query, np.int64), np.asarray(rank, np.int64)
    counts = np.asarray(positives, np.int64)
    if k < 1:
        raise ValueError(f"k is {k}, expected 1 or more")
    if (counts < 1).any():
        raise ValueError("a query without positives has no such measure; leave it out")
    within = ranks <= k
    return rows[within], ranks[within], counts
