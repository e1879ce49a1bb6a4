"""Exact top-k by inner product, block by block, for search, rerank and validation.

The result is a function of the vectors alone, bit for bit. A matrix product's last bits depend on
its format, its shape, on the threads and on the library, so it only nominates: every pair whose
product may, within its rounding error, belong to one of the k best is scored again, by a float64
sum in a fixed order, rounded to float32. Equal scores are in the order of index rows.
"""

from functools import partial

import numpy as np

from gld_shared.search.bfloat16_products import BFloat16Products, is_worth_it
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus
from gld_shared.search.exact_scores import exact_scores
from gld_shared.search.index import ArrayIndex, Index, blocks_of
from gld_shared.search.nominees import Nominees, TooManyNominees
from gld_shared.search.products import Float32Products, Products
from gld_shared.search.scan import Scan

BLOCK_ROWS = 8_192


def topk(
    queries: Floats | Doubles,
    index: Index,
    k: int,
    device: str = "cpu",
    bonus: Bonus | None = None,
    block_rows: int = BLOCK_ROWS,
) -> tuple[Floats, Rows]:
    """Return the k index rows with the largest inner product, for each query.

    ``queries`` (q, d) are float32 or float64; ``device`` is cpu, cuda or cuda:N; ``bonus`` is added
    to the products. Returns scores (q, m) float32, descending, and rows (q, m) int64, with m =
    min(k, n). Raises ValueError for vectors that are not finite.
    Memory: see ``Scan.nominate``, and about 100 bytes for each of q k pairs; never q n. On a GPU
    see ``gld_shared.search.gpu.topk``; with a bonus, or float64, the GPU
    computes only the products.
    """
    _check(queries, k)
    queries = (
        np.ascontiguousarray(queries, dtype=np.float64)
        if queries.dtype == np.float64
        else np.ascontiguousarray(queries, dtype=np.float32)
    )
    if not len(queries) or not index.n:
        return np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    if device != "cpu" and bonus is None and queries.dtype == np.float32:
        # Imported here: a search on the CPU needs no torch.
        from gld_shared.search.gpu.topk import topk_on_gpu

        return topk_on_gpu(queries.astype(np.float32, copy=False), blocks_of(index), k, device)
    if device == "cpu" and bonus is None and is_worth_it(index.n * queries.size):
        try:
            return _topk(BFloat16Products(queries), queries, index, k, None, block_rows)
        except TooManyNominees:
            pass
    return _topk(Float32Products(queries, device, bonus), queries, index, k, bonus, block_rows)


def topk_arrays(
    queries: Floats, index: Floats, k: int, device: str = "cpu", block_rows: int = BLOCK_ROWS
) -> tuple[Floats, Rows]:
    """Return the ``topk`` of an index (n, d) in memory."""
    return topk(queries, ArrayIndex(index), k, device, block_rows=block_rows)


def _topk(
    products: Products,
    queries: Floats | Doubles,
    index: Index,
    k: int,
    bonus: Bonus | None,
    block_rows: int,
) -> tuple[Floats, Rows]:
    nominees = Nominees(products, k, partial(exact_scores, queries, index, bonus=bonus))
    Scan(products, index, k, block_rows).nominate(nominees)
    pairs, scores = nominees.best()
    shape = (len(queries), min(k, index.n))
    return scores.reshape(shape), pairs.rows.reshape(shape)


def _check(queries: Floats | Doubles, k: int) -> None:
    if queries.ndim != 2:
        raise ValueError(f"queries have shape {queries.shape}, expected (q, d)")
    if k < 1:
        raise ValueError(f"k is {k}, expected 1 or more")
