"""Exact top-k by inner product, block by block, for search, rerank and validation.

The result is a function of the vectors alone, bit for bit. A matrix product's last bits depend on
its format, its shape, on the threads and on the library, so it only nominates: every pair whose
product may, within its rounding error, belong to one of the k best is scored again, by a float64
sum in a fixed order, rounded to float32. Equal scores are in the order of index rows.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np

from gld_shared import torch_library
from gld_shared.progress import Advance, silent
from gld_shared.search.bfloat16_products import BFloat16Products
from gld_shared.search.blocks import Block, Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus
from gld_shared.search.exact_scores import exact_scores
from gld_shared.search.index import ArrayIndex, Index, blocks_of
from gld_shared.search.int16_products import Int16Products
from gld_shared.search.nominee_groups import NomineeGroups
from gld_shared.search.nominees import TooManyNominees
from gld_shared.search.precision import Precision, fastest
from gld_shared.search.products import Float32Products, Products
from gld_shared.search.scan import Scan
from gld_shared.search.threads import one_torch_thread
from gld_shared.timing import Times

BLOCK_ROWS = 3_072


def topk(
    queries: Floats | Doubles,
    index: Index,
    k: int,
    device: str = "cpu",
    bonus: Bonus | None = None,
    block_rows: int = BLOCK_ROWS,
    advance: Advance = silent,
    precision: Precision | None = None,
    times: Times | None = None,
) -> tuple[Floats, Rows]:
    """Return the k index rows with the largest inner product, for each query.

    ``queries`` (q, d) are float32 or float64; ``device`` is cpu, cuda or cuda:N; ``bonus`` is added
    to the products. Returns scores (q, m) float32, descending, and rows (q, m) int64, with m =
    min(k, n). Raises ValueError for vectors that are not finite.
    ``advance`` is called with the number of pairs of a query and a row that each block adds, and a
    negative number where a search starts again in float32. ``precision`` is that of products on the
    CPU, by default the fastest. ``times`` gets the seconds of each task.
    Memory: see ``Scan.nominate``, and about 100 bytes for each of q k pairs; never q n. On a GPU
    see ``gld_shared.search.gpu.topk``; with a bonus, or float64, the GPU
    computes only the products.
    """
    _check(queries, k)
    times = times or Times()
    queries = (
        np.ascontiguousarray(queries, dtype=np.float64)
        if queries.dtype == np.float64
        else np.ascontiguousarray(queries, dtype=np.float32)
    )
    # Arrays of k for each query would not fit into memory for a k that stands for all.
    k = min(k, index.n)
    if not len(queries) or not index.n:
        return np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
    if device != "cpu" and bonus is None and queries.dtype == np.float32:
        # Imported here: a search on the CPU needs no torch.
        from gld_shared.search.gpu.topk import topk_on_gpu

        blocks = _counted(blocks_of(index), len(queries), advance)
        with times.spent_on("search on the GPU"):
            return topk_on_gpu(queries.astype(np.float32, copy=False), blocks, k, device)
    if device != "cpu":
        precision = "float32"
    elif precision is None:
        precision = fastest(len(queries), index.n * queries.shape[1])
    search = partial(_topk, index=index, k=k, bonus=bonus, block_rows=block_rows, times=times)
    if precision == "bfloat16":
        torch_library.load()
    with one_torch_thread():
        if precision != "float32":
            reported: list[int] = []

            def advance_for_now(count: int, _: str | None = None, /) -> None:
                reported.append(count)
                advance(count)

            try:
                return search(_products_in(precision), queries, advance=advance_for_now)
            except TooManyNominees:
                advance(-sum(reported))
        return search(partial(Float32Products, device=device), queries, advance=advance)


def topk_arrays(
    queries: Floats, index: Floats, k: int, device: str = "cpu", block_rows: int = BLOCK_ROWS
) -> tuple[Floats, Rows]:
    """Return the ``topk`` of an index (n, d) in memory."""
    return topk(queries, ArrayIndex(index), k, device, block_rows=block_rows)


def _products_in(precision: Precision) -> type[BFloat16Products] | type[Int16Products]:
    return BFloat16Products if precision == "bfloat16" else Int16Products


def _topk(
    products: Callable[..., Products],
    queries: Floats | Doubles,
    index: Index,
    k: int,
    bonus: Bonus | None,
    block_rows: int,
    advance: Advance,
    times: Times,
) -> tuple[Floats, Rows]:
    """Search by products of one format, and again for queries whose guess was too high."""

    def nominees_of(
        some: Floats | Doubles, bonus: Bonus | None, guessing: bool, advance: Advance
    ) -> NomineeGroups:
        score = partial(exact_scores, some, index, bonus=bonus)
        scan = Scan(products(some, bonus=bonus), index, k, block_rows, advance, times)
        nominees = NomineeGroups(scan.products, k, score, times)
        if guessing:
            nominees.set_guess(scan.guesses())
        scan.nominate(nominees)
        return nominees

    nominees = nominees_of(queries, bonus, True, advance)
    pairs, found = nominees.best()
    missed = nominees.missed()
    shape = len(queries), min(k, index.n)
    if not missed.any():
        return found.reshape(shape), pairs.rows.reshape(shape)
    scores, rows = np.empty(shape, np.float32), np.empty(shape, np.int64)
    whole = ~missed[pairs.queries]
    scores[~missed] = found[whole].reshape(-1, shape[1])
    rows[~missed] = pairs.rows[whole].reshape(-1, shape[1])
    again = None if bonus is None else bonus.of_queries(np.flatnonzero(missed))
    pairs, found = nominees_of(queries[missed], again, False, silent).best()
    scores[missed] = found.reshape(-1, shape[1])
    rows[missed] = pairs.rows.reshape(-1, shape[1])
    return scores, rows


def _counted(blocks: Iterable[Block], queries: int, advance: Advance) -> Iterator[Block]:
    """Yield the blocks, and report the pairs of each once the next one is taken."""
    for start, vectors in blocks:
        yield start, vectors
        advance(queries * len(vectors))


def _check(queries: Floats | Doubles, k: int) -> None:
    if queries.ndim != 2:
        raise ValueError(f"queries have shape {queries.shape}, expected (q, d)")
    if k < 1:
        raise ValueError(f"k is {k}, expected 1 or more")
