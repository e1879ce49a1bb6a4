"""Guesses of each query's k-th largest product, from a sample of the index."""

import math

import numpy as np

from gld_shared.search.blocks import Doubles, Rows
from gld_shared.search.index import Index
from gld_shared.search.keys import Keys, keys_of, numbers_of
from gld_shared.search.products import Products
from gld_shared.search.some_rows import SomeRows
from gld_shared.search.threads import in_order
from gld_shared.search.workspace import aligned
from gld_shared.timing import Times

# Rows of a sample, in so many runs that are spread over the index: each may be in a file by itself.
_SAMPLE, _RUNS = 4096, 16
# There is no guess for an index with fewer times as many rows, nor below the sample's best rows.
_TIMES = 4


def guesses(products: Products, index: Index, k: int, at_once: int, times: Times) -> Doubles:
    """Guess a number that at least k products of each query reach, (q,); -inf is no guess.

    Threads multiply parts of the sample, with at most ``at_once`` products. Memory: the parts in
    the formats of index and products, twice the products of each thread, and the best of each part.
    """
    count = len(products.errors.lengths)
    place = _place(k * _SAMPLE / index.n)
    if index.n < _TIMES * _SAMPLE or place > _SAMPLE // _TIMES:
        return np.full(count, -np.inf)
    parts = max(products.threads, -(-count * _SAMPLE // at_once))
    samples = np.array_split(_sample(index.n), parts)

    def best_of(rows: Rows) -> Keys:
        with times.spent_on("reading"):
            block = products.of_block(SomeRows(index, rows), slice(0, len(rows)))
        bits = aligned((count, len(rows)), products.key_type)
        with times.spent_on("product"):
            block.multiply(slice(0, count), bits)
        with times.spent_on("nomination"):
            return _largest(keys_of(bits), place)

    best = np.concatenate(list(in_order(best_of, samples, products.threads)), axis=1)
    # The number below the least of the best, which equal products reach.
    return numbers_of(_largest(best, place).min(axis=1) - 1)


def _largest(keys: Keys, count: int) -> Keys:
    """Return so many of the largest keys of each row of ``keys`` (q, b), or all b."""
    if count < keys.shape[1]:
        keys.partition(-count, axis=1)
    return keys[:, -count:].copy()


def _place(expected: float) -> int:
    """Return a place in the sorted sample that is almost surely beyond the k best of all.

    Of these the sample holds as many as ``expected``, give or take the root.
    """
    return math.ceil(expected + 4 * math.sqrt(expected) + 3)


def _sample(n: int) -> Rows:
    """Return the rows of the sample, in order."""
    starts = np.linspace(0, n - _SAMPLE // _RUNS, _RUNS).astype(np.int64)
    rows: Rows = (starts[:, None] + np.arange(_SAMPLE // _RUNS)).ravel()
    return rows
