"""Exact top-k by inner product, block by block: what search, rerank and validation share.

The result is a function of the vectors alone, bit for bit. A matrix product's last bits depend on
its shape, on the threads and on the library, so it only nominates: every row whose product lies
within the rounding error of the k-th best is scored again, by one sum in float64 of fixed order,
rounded to float32. Equal scores stand in the order of index rows.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from gld_shared.search.faiss_blas import import_faiss

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Block = tuple[int, Floats]
# What is added to the inner product: (query rows (p,), index rows (p,)) -> (p,) float64.
PairBonus = Callable[[Rows, Rows], Doubles]
# The same for whole rows of a block: (query rows (m,), start, stop) -> (m, stop - start) float32.
BlockBonus = Callable[[Rows, int, int], Floats]

BLOCK_ROWS = 16_384
# More than k rows of a block are nominated, so that near ties at rank k seldom need the whole row.
_SPARE = 28
_DENSE_VALUES = 4_194_304  # products of queries and a block held at once: 16 MB
_PAIR_VALUES = 262_144  # float64 values of either side while pairs are scored again: 2 MB


def topk(
    queries: Floats,
    blocks: Iterable[Block],
    k: int,
    device: str = "cpu",
    bonus: tuple[BlockBonus, PairBonus] | None = None,
) -> tuple[Floats, Rows]:
    """The k rows of the index with the largest inner product, for each query.

    ``queries`` (q, d) float32; ``blocks`` yields (first row, (b, d) float32) in row order;
    ``device`` is cpu, cuda or cuda:N. ``bonus`` is added to the products: for a block, and
    for pairs. Returns scores (q, m) float32, falling, and rows (q, m) int64, with m = min(k, n).
    Memory: one block, 3 q k values, and some 50 MB of buffers; never q n.
    """
    _check(queries, k)
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    best = _Best(len(queries), k)
    for start, block in blocks:
        if len(block) == 0:
            continue
        if block.shape[1] != queries.shape[1]:
            raise ValueError(f"block has dimension {block.shape[1]}, queries {queries.shape[1]}")
        block = np.ascontiguousarray(block, dtype=np.float32)
        for query_rows, columns in _nominate(queries, block, start, best, device, bonus):
            scores = pair_products(queries, query_rows, block, columns)
            if bonus is not None:
                scores += bonus[1](query_rows, columns + start)
            best.add(query_rows, columns + start, scores.astype(np.float32))
    return best.result()


def topk_arrays(
    queries: Floats, index: Floats, k: int, device: str = "cpu", block_rows: int = BLOCK_ROWS
) -> tuple[Floats, Rows]:
    """``topk`` over an index (n, d) that is in memory."""
    return topk(queries, array_blocks(index, block_rows), k, device)


def array_blocks(index: Floats, block_rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """The blocks of an array (n, d): (first row, (b, d))."""
    for start in range(0, len(index), block_rows):
        yield start, index[start : start + block_rows]


def pair_products(
    left: Floats, left_rows: Rows, right: Floats, right_rows: Rows
) -> npt.NDArray[np.float64]:
    """Inner products of pairs of rows, (p,) float64: each one sum, whose order depends on d alone.

    Products of float32 are exact in float64, so the error is that of the sum, about 1e-16 d.
    """
    products = np.empty(len(left_rows), np.float64)
    step = max(1, _PAIR_VALUES // max(1, left.shape[1]))
    for first in range(0, len(left_rows), step):
        part = slice(first, first + step)
        np.einsum(
            "ij,ij->i",
            left[left_rows[part]].astype(np.float64),
            right[right_rows[part]].astype(np.float64),
            out=products[part],
        )
    return products


class _Best:
    """The k best pairs of each query so far, in final order, ragged until k are known."""

    def __init__(self, n_queries: int, k: int) -> None:
        self.n_queries, self.k = n_queries, k
        self.queries = np.empty(0, np.int64)
        self.rows = np.empty(0, np.int64)
        self.scores = np.empty(0, np.float32)
        # The k-th best score: a later row must reach it. -inf while there are fewer.
        self.floor = np.full(n_queries, -np.inf, np.float64)

    def add(self, queries: Rows, rows: Rows, scores: Floats) -> None:
        """Take in exactly scored pairs."""
        queries = np.concatenate([self.queries, queries])
        rows = np.concatenate([self.rows, rows])
        scores = np.concatenate([self.scores, scores])
        order = np.lexsort((rows, -scores, queries))
        queries = queries[order]
        counts = np.bincount(queries, minlength=self.n_queries)
        starts = np.cumsum(counts) - counts
        kept = np.arange(len(queries)) - starts[queries] < self.k
        order, self.queries = order[kept], queries[kept]
        self.rows, self.scores = rows[order], scores[order]
        full = np.flatnonzero(counts >= self.k)
        ends = np.cumsum(np.minimum(counts, self.k))
        self.floor[full] = self.scores[ends[full] - 1]

    def result(self) -> tuple[Floats, Rows]:
        """Scores and rows, (q, m)."""
        shape = (self.n_queries, -1 if self.n_queries else 0)
        return self.scores.reshape(shape), self.rows.reshape(shape)


def _nominate(
    queries: Floats,
    block: Floats,
    start: int,
    best: _Best,
    device: str,
    bonus: tuple[BlockBonus, PairBonus] | None,
) -> Iterator[tuple[Rows, Rows]]:
    """Pairs (query rows, columns of the block) that hold every one of the true top k."""
    error = _error_bound(queries, block)
    unsure = np.arange(len(queries))
    wanted = min(best.k + _SPARE, len(block))
    if bonus is None and len(queries):
        products, columns = _largest_products(queries, block, wanted, device)
        kth = products[:, min(best.k, wanted) - 1] if wanted >= best.k else -np.inf
        cut = np.maximum(best.floor, kth - error) - error
        near = products >= cut[:, None]
        # Where even the last nominee is near, there may be more: those queries look at all rows.
        unproven = near[:, -1] & (wanted < len(block))
        near[unproven] = False
        query_rows, positions = np.nonzero(near)
        yield query_rows, columns[query_rows, positions]
        unsure = np.flatnonzero(unproven)
    step = max(1, _DENSE_VALUES // len(block))
    for first in range(0, len(unsure), step):
        rows = unsure[first : first + step]
        products = _products(queries[rows], block, device)
        slack = error[rows]
        if bonus is not None:
            added = bonus[0](rows, start, start + len(block))
            products += added
            # Adding rounds too, by half a unit in the last place of a sum that may exceed 1.
            slack = slack + 1e-6 * (1 + np.abs(added).max(initial=0))
        near_rows, columns = _near_best(products, best.floor[rows], slack, best.k)
        yield rows[near_rows], columns


def _near_best(products: Floats, floor: Doubles, error: Doubles, k: int) -> tuple[Rows, Rows]:
    """All products (m, b) that may belong to the k best of their row."""
    cut = floor - error
    many = np.flatnonzero((products >= cut[:, None]).sum(axis=1) > k)
    if len(many):
        kth = -np.partition(-products[many], k - 1, axis=1)[:, k - 1]
        cut[many] = np.maximum(cut[many], kth - 2 * error[many])
    rows, columns = np.nonzero(products >= cut[:, None])
    return rows, columns


def _error_bound(queries: Floats, block: Floats) -> Doubles:
    """How far a float32 product may lie from the exact one, (q,), whatever the order of its sum.

    Higham, Accuracy and Stability of Numerical Algorithms, 3.1: d u |q| |x| with u = 2^-24; and
    twice that, for the rounding of the exact score and of the products that overflow into u^2.
    """
    longest = np.sqrt(np.einsum("ij,ij->i", block, block).max(initial=0), dtype=np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", queries, queries), dtype=np.float64)
    bound: Doubles = (queries.shape[1] + 4) * 2.0**-23 * lengths * longest + 1e-30
    return bound


def _largest_products(
    queries: Floats, block: Floats, wanted: int, device: str
) -> tuple[Floats, Rows]:
    """The largest products of each query with the block, falling, and their columns."""
    if device == "cpu":
        faiss = import_faiss()
        products, columns = faiss.knn(queries, block, wanted, metric=faiss.METRIC_INNER_PRODUCT)
        return products, columns
    import torch

    on_device = torch.from_numpy(block).to(device)
    parts = []
    step = max(1, 16 * _DENSE_VALUES // len(block))
    for first in range(0, len(queries), step):
        part = torch.from_numpy(queries[first : first + step]).to(device)
        parts.append((part @ on_device.T).topk(wanted, dim=1))
    products = torch.cat([part.values for part in parts]).cpu().numpy()
    return products, torch.cat([part.indices for part in parts]).cpu().numpy()


def _products(queries: Floats, block: Floats, device: str) -> Floats:
    """All products of queries (m, d) and a block (b, d): (m, b)."""
    if device == "cpu":
        products: Floats = queries @ block.T
        return products
    import torch

    left, right = (torch.from_numpy(one).to(device) for one in (queries, block))
    on_host: Floats = (left @ right.T).cpu().numpy()
    return on_host


def _check(queries: Floats, k: int) -> None:
    if queries.ndim != 2:
        raise ValueError(f"queries have shape {queries.shape}, expected (q, d)")
    if k < 1:
        raise ValueError(f"k is {k}, expected 1 or more")
