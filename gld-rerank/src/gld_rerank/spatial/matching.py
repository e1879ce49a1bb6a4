"""Matching the descriptors of two images by brute force.

Products of descriptors of whole numbers are exact as long as all their partial sums are below 2^24
in float32, or 2^53 in float64, so that matches depend neither on the order of the sums nor on the
number of threads.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Descriptors = npt.NDArray[Any]
_RATIO = 0.8


def ratio_matches(query: Descriptors, other: Descriptors) -> npt.NDArray[np.int64]:
    """Match each descriptor to its nearest one, if that is much nearer than the second nearest.

    ``query`` (n, d) and ``other`` (m, d) are whole numbers whose squared lengths are below 2^24.
    Distances are Euclidean; the nearest must have less than 0.8 times that of the second nearest.
    Returns (matches, 2), rows of query and other, by row of the query. Memory: (n, m) float32.
    """
    if len(query) == 0 or len(other) < 2:
        return np.empty((0, 2), np.int64)
    left, right = query.astype(np.float32), other.astype(np.float32)
    squared = left @ right.T
    squared *= -2
    squared += (right * right).sum(axis=1)
    # The query's own length changes no order, so only two distances of each need it.
    rows, lengths = np.arange(len(left)), (left * left).sum(axis=1)
    nearest = squared.argmin(axis=1)
    first = squared[rows, nearest] + lengths
    squared[rows, nearest] = np.inf
    second = squared.min(axis=1) + lengths
    # OpenCV rounds distances to float32 before they are compared.
    kept = np.sqrt(first).astype(np.float64) < _RATIO * np.sqrt(second).astype(np.float64)
    return np.stack([rows[kept], nearest[kept]], axis=1)


def mutual_matches(query: Descriptors, other: Descriptors, least: float) -> npt.NDArray[np.int64]:
    """Match descriptors that are each other's most similar, with a product above ``least``.

    ``query`` (n, d) and ``other`` (m, d) are whole numbers whose squared lengths are below 2^53. Of
    equal products the first row counts. Returns (matches, 2), rows of query and other, by row of
    the query. Memory: (n, m) float64.
    """
    if len(query) == 0 or len(other) == 0:
        return np.empty((0, 2), np.int64)
    products = query.astype(np.float64) @ other.astype(np.float64).T
    rows, best = np.arange(len(query)), products.argmax(axis=1)
    kept = (products.argmax(axis=0)[best] == rows) & (products[rows, best] > least)
    return np.stack([rows[kept], best[kept]], axis=1)
