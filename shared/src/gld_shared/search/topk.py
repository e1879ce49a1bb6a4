"""Exact top-k by inner product, block by block, for search, rerank and validation.

The result is a function of the vectors alone, bit for bit. A matrix product's last bits depend on
its shape, on the threads and on the library, so it only selects candidates: every row whose product
is within the rounding error of the k-th best is scored again, by a float64 sum in a fixed order,
rounded to float32. Equal scores are in the order of index rows.
"""

from collections.abc import Iterable

import numpy as np

from gld_shared.search.blocks import BLOCK_ROWS, Block, Floats, Rows, array_blocks
from gld_shared.search.bonus import Bonus
from gld_shared.search.candidates import candidates
from gld_shared.search.products import pair_products
from gld_shared.search.running_best import RunningBest


def topk(
    queries: Floats,
    blocks: Iterable[Block],
    k: int,
    device: str = "cpu",
    bonus: Bonus | None = None,
) -> tuple[Floats, Rows]:
    """Return the k index rows with the largest inner product, for each query.

    ``queries`` (q, d) float32; ``blocks`` yields (first row, (b, d) float32) in row order;
    ``device`` is cpu, cuda or cuda:N; ``bonus`` is added to the products. Returns scores (q, m)
    float32, descending, and rows (q, m) int64, with m = min(k, n).
    Raises ValueError for vectors that are not finite.
    Memory: one block, 3 q k values, and about 50 MB of buffers; never q n. On a GPU see
    ``gld_shared.search.gpu.topk``; with a bonus the GPU computes only the products.
    """
    _check(queries, k)
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    if device != "cpu" and bonus is None:
        # Imported here: a search on the CPU needs no torch.
        from gld_shared.search.gpu.topk import topk_on_gpu

        return topk_on_gpu(queries, blocks, k, device)
    best = RunningBest(len(queries), k)
    for start, block in blocks:
        if len(block) == 0:
            continue
        if block.shape[1] != queries.shape[1]:
            raise ValueError(f"block has dimension {block.shape[1]}, queries {queries.shape[1]}")
        block = np.ascontiguousarray(block, dtype=np.float32)
        for query_rows, columns in candidates(queries, (start, block), best, device, bonus):
            scores = pair_products(queries, query_rows, block, columns)
            if bonus is not None:
                scores += bonus.of_pairs(query_rows, columns + start)
            best.add(query_rows, columns + start, scores.astype(np.float32))
    return best.result()


def topk_arrays(
    queries: Floats, index: Floats, k: int, device: str = "cpu", block_rows: int = BLOCK_ROWS
) -> tuple[Floats, Rows]:
    """Return the ``topk`` of an index (n, d) in memory."""
    return topk(queries, array_blocks(index, block_rows), k, device)


def _check(queries: Floats, k: int) -> None:
    if queries.ndim != 2:
        raise ValueError(f"queries have shape {queries.shape}, expected (q, d)")
    if k < 1:
        raise ValueError(f"k is {k}, expected 1 or more")
