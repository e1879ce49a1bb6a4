"""Guesses of each query's k-th largest product, from a sample of the index."""

import math

import numpy as np

from gld_shared.search.blocks import Doubles, Rows
from gld_shared.search.index import Index, SomeRows
from gld_shared.search.keys import keys_of, numbers_of
from gld_shared.search.products import Products
from gld_shared.search.threads import in_order
from gld_shared.timing import Times

# Rows of a sample, in so many runs that are spread over the index: each may be in a file by itself.
_SAMPLE, _RUNS = 4096, 16
# There is no guess for an index with fewer times as many rows, nor below the sample's best rows.
_TIMES = 4


def guesses(products: Products, index: Index, k: int, at_once: int, times: Times) -> Doubles:
    """Guess a number that at least k products of each query reach, (q,); -inf is no guess.

    Threads multiply some queries each, with at most ``at_once`` products. Memory: a sample in the
    formats of index and products, and twice the products of each thread.
    """
    count = len(products.errors.lengths)
    guessed = np.full(count, -np.inf)
    place = _place(k * _SAMPLE / index.n)
    if index.n < _TIMES * _SAMPLE or place > _SAMPLE // _TIMES:
        return guessed
    with times.spent_on("reading"):
        block = products.of_block(SomeRows(index, _sample(index.n)), slice(0, _SAMPLE))
    step = max(1, min(-(-count // products.threads), at_once // _SAMPLE))

    def of_queries(first: int) -> None:
        part = slice(first, min(first + step, count))
        bits = np.empty((part.stop - first, _SAMPLE), products.key_type)
        with times.spent_on("product"):
            block.multiply(part, bits)
        with times.spent_on("nomination"):
            keys = keys_of(bits)
            keys.partition(_SAMPLE - place, axis=1)
            # The number below, which equal products reach.
            guessed[part] = numbers_of(keys[:, _SAMPLE - place] - 1)

    for _ in in_order(of_queries, range(0, count, step), products.threads):
        pass
    return guessed


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
