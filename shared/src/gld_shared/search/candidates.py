"""The pairs that may be among the best, chosen by fast products and their error bounds."""

from collections.abc import Iterator

import numpy as np

from gld_shared.search.blocks import Block, Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus
from gld_shared.search.error_bounds import product_error, sum_error
from gld_shared.search.products import all_products, largest_products
from gld_shared.search.running_best import RunningBest

Pairs = tuple[Rows, Rows]
# More than k rows of a block are requested, so that near ties at rank k seldom need all products.
_SPARE = 28
_DENSE_VALUES = 4_194_304  # products of queries and a block held at once: 16 MB


def candidates(
    queries: Floats, block: Block, best: RunningBest, device: str, bonus: Bonus | None
) -> Iterator[Pairs]:
    """Yield pairs (query rows, columns of the block) that include every pair of the true top k."""
    _, vectors = block
    error = product_error(queries, vectors)
    unproven = np.arange(len(queries))
    if bonus is None and len(queries):
        pairs, unproven = _from_largest(queries, vectors, best, error)
        yield pairs
    step = max(1, _DENSE_VALUES // len(vectors))
    for first in range(0, len(unproven), step):
        rows = unproven[first : first + step]
        yield _from_all(queries, rows, block, best, error[rows], device, bonus)


def _from_largest(
    queries: Floats, block: Floats, best: RunningBest, error: Doubles
) -> tuple[Pairs, Rows]:
    """Choose from each query's largest products; also return the queries that these cannot settle.

    Where even the last of the largest products is near enough, the block may have more.
    """
    count = min(best.k + _SPARE, len(block))
    products, columns = largest_products(queries, block, count)
    kth = products[:, min(best.k, count) - 1] if count >= best.k else -np.inf
    cut = np.maximum(best.floor, kth - error) - error
    near = products >= cut[:, None]
    unproven = near[:, -1] & (count < len(block))
    near[unproven] = False
    query_rows, positions = np.nonzero(near)
    return (query_rows, columns[query_rows, positions]), np.flatnonzero(unproven)


def _from_all(
    queries: Floats,
    rows: Rows,
    block: Block,
    best: RunningBest,
    error: Doubles,
    device: str,
    bonus: Bonus | None,
) -> Pairs:
    """Choose from all products of some queries with the block."""
    start, vectors = block
    products = all_products(queries[rows], vectors, device)
    if bonus is not None:
        added = bonus.of_block(rows, start, start + len(vectors))
        products += added
        error = error + sum_error(added)
    near, columns = _near_best(products, best.floor[rows], error, best.k)
    return rows[near], columns


def _near_best(products: Floats, floor: Doubles, error: Doubles, k: int) -> Pairs:
    """Return rows and columns of all products (m, b) that may be among the k best of their row."""
    cut = floor - error
    many = np.flatnonzero((products >= cut[:, None]).sum(axis=1) > k)
    if len(many):
        kth = -np.partition(-products[many], k - 1, axis=1)[:, k - 1]
        cut[many] = np.maximum(cut[many], kth - 2 * error[many])
    rows, columns = np.nonzero(products >= cut[:, None])
    return rows, columns
