"""Exact top-k by inner product with the running best on the GPU."""

from collections.abc import Iterable

import torch

from gld_shared.errors import DataError
from gld_shared.search.blocks import Block, Floats, Rows
from gld_shared.search.error_bounds import lengths_of, product_bound
from gld_shared.search.gpu.exact_scores import exact_scores
from gld_shared.search.gpu.full_float32 import full_float32
from gld_shared.search.gpu.running_best import RunningBest
from gld_shared.search.gpu.uploads import Part, uploads

# A block of the index on the GPU, and its products with some of the queries: 128 MB and 1 GB.
_BLOCK_VALUES = 33_554_432
_PRODUCTS = 268_435_456


def topk_on_gpu(
    queries: Floats, blocks: Iterable[Block], k: int, device: str
) -> tuple[Floats, Rows]:
    """Return what ``gld_shared.search.topk.topk`` returns, bit for bit, for one query or more.

    Memory on the GPU: the queries, 256 MB for a part of the index, up to 3 GB for products, and
    about 100 bytes for each of the q k best. Raises DataError if the GPU has less, ValueError for
    vectors that are not finite.
    """
    try:
        with full_float32(device):
            return _topk(queries, blocks, k, torch.device(device))
    except torch.OutOfMemoryError as error:
        raise DataError(
            f"the GPU's memory is too small for the {k:,} best of {len(queries):,} queries at a "
            "time; ask for fewer neighbours, or search with --device cpu"
        ) from error


@torch.inference_mode()
def _topk(
    queries: Floats, blocks: Iterable[Block], k: int, device: torch.device
) -> tuple[Floats, Rows]:
    on_device = torch.from_numpy(queries).to(device)
    lengths = lengths_of(queries)
    best = RunningBest(len(queries), k, device)
    rows_at_once = max(1, _BLOCK_VALUES // max(1, queries.shape[1]))
    for block in uploads(blocks, rows_at_once, queries.shape[1], device):
        step = max(1, _PRODUCTS // len(block.vectors))
        bound = product_bound(lengths, block.longest, queries.shape[1])
        error = torch.from_numpy(bound).to(device)
        found = [
            _candidates(on_device, error, slice(first, first + step), block, best)
            for first in range(0, len(queries), step)
        ]
        query_rows, columns = (torch.cat(parts) for parts in zip(*found, strict=True))
        scores = exact_scores(queries, on_device, error, block, query_rows, columns)
        best.add(query_rows, columns + block.start, scores)
    return best.result()


def _candidates(
    queries: torch.Tensor, errors: torch.Tensor, part: slice, block: Part, best: RunningBest
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the pairs (query rows, columns) that include every pair of the true top k.

    ``errors`` (q,) bound the errors of the products.
    """
    products = queries[part] @ block.vectors.T
    error = errors[part]
    cut = _rounded_down(best.floor[part] - error)
    near = products >= cut[:, None]
    if len(block.vectors) > best.k and bool((near.sum(dim=1) > best.k).any()):
        kth = products.topk(best.k, dim=1, sorted=False).values.amin(dim=1)
        cut = torch.maximum(cut, _rounded_down(kth.double() - 2 * error))
        near = products >= cut[:, None]
    rows, columns = near.nonzero(as_tuple=True)
    return rows + part.start, columns


def _rounded_down(values: torch.Tensor) -> torch.Tensor:
    """Round float64 to float32 numbers that are not above them."""
    return values.float().nextafter(torch.full((), -torch.inf, device=values.device))
