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
_SAMPLE, _RUNS = 4096, 64
# No guess is made for an index of less than four times as many rows, nor beyond the best quarter
# of the sample.
_TIMES = 4


def guesses(products: Products, index: Index, k: int, at_once: int, times: Times) -> Doubles:
    """Guess a number that at least k products of each query reach, (q,); -inf is no guess.

    Their sums with a bonus reach it too, unless the bonus is below 0. Consecutive rows are often
    alike, such as photographs of one folder, so of each group of them only the best counts.

    Raises ValueError for vectors that are not finite, or too long.
    Threads multiply parts of the sample, with at most ``at_once`` products. Memory: the parts in
    the formats of index and products, twice the products of each thread, and each group's best.
    """
    count = len(products.errors.lengths)
    place = _place(k * _SAMPLE / index.n)
    if index.n < _TIMES * _SAMPLE or place > _SAMPLE // _TIMES:
        return np.full(count, -np.inf)
    sample = _sample(index.n).reshape(_groups(place), -1)
    parts = max(products.threads, -(-count * _SAMPLE // at_once))

    def best_of(groups: Rows) -> Keys:
        with times.spent_on("reading"):
            block = products.of_block(SomeRows(index, groups.ravel()), slice(0, groups.size))
        # Refuses vectors that have no bound, whose products may be NaN.
        products.errors.bound(block.longest)
        bits = aligned((count, groups.size), products.key_type)
        with times.spent_on("product"):
            block.multiply(slice(0, count), bits)
        with times.spent_on("nomination"):
            best: Keys = keys_of(bits).reshape(count, *groups.shape).max(axis=2)
            return best

    samples = np.array_split(sample, min(parts, len(sample)))
    best = np.concatenate(list(in_order(best_of, samples, products.threads)), axis=1)
    # The number below, which equal products reach.
    return numbers_of(np.partition(best, -place, axis=1)[:, -place] - 1)


def _place(expected: float) -> int:
    """Return a place in the sorted sample that is almost surely beyond the k best of all.

    Of these the sample holds as many as ``expected``, give or take the root.
    """
    return math.ceil(expected + 4 * math.sqrt(expected) + 3)


def _groups(place: int) -> int:
    """Return the number of groups of the sample, so many that few of its best share one."""
    groups = _RUNS
    while groups < min(8 * place, _SAMPLE):
        groups *= 2
    return groups


def _sample(n: int) -> Rows:
    """Return the rows of the sample, in order."""
    starts = np.linspace(0, n - _SAMPLE // _RUNS, _RUNS).astype(np.int64)
    rows: Rows = (starts[:, None] + np.arange(_SAMPLE // _RUNS)).ravel()
    return rows
