"""Exact scores of pairs on a GPU, with the same bits as on the CPU.

The CPU sums a pair's products in float64 in an order of its own. A sum in another order differs by
less than a known bound, so it rounds to the same float32 unless that bound reaches the middle
between two float32 numbers. Those pairs, about one in ten million, are computed by the CPU.
"""

import numpy as np
import torch

from gld_shared.search.blocks import Floats
from gld_shared.search.exact_scores import pair_products
from gld_shared.search.gpu.uploads import Part

_PAIR_VALUES = 67_108_864  # float64 values of either side of the pairs at once: 512 MB


def exact_scores(
    queries: Floats,
    queries_on_gpu: torch.Tensor,
    errors: torch.Tensor,
    block: Part,
    query_rows: torch.Tensor,
    columns: torch.Tensor,
) -> torch.Tensor:
    """Return the scores of pairs of rows, (p,) float32, as ``pair_products`` rounded to float32.

    The queries (q, d) are passed in both memories; ``errors`` (q,) float64 are the
    ``product_bound`` of their float32 products with the block.
    """
    scores = torch.empty(len(query_rows), dtype=torch.float32, device=query_rows.device)
    step = max(1, _PAIR_VALUES // max(1, queries.shape[1]))
    # Higham, 3.1: each sum is within d 2^-53 |q| |x| of the exact value, and so is the CPU's.
    share = 3 * 2.0**-53 / 2.0**-23
    for first in range(0, len(query_rows), step):
        part = slice(first, first + step)
        rows = query_rows[part]
        products = queries_on_gpu[rows].double().mul_(block.vectors[columns[part]])
        sums = products.sum(dim=1)
        apart = share * errors[rows]
        scores[part] = sums
        # The sign of a zero depends on the order too.
        unsure = ((sums - apart).float() != (sums + apart).float()) | (scores[part] == 0)
        again = unsure.nonzero()[:, 0] + first
        if len(again):
            vectors = block.vectors[columns[again]].cpu().numpy()
            on_cpu = pair_products(
                queries, query_rows[again].cpu().numpy(), vectors, np.arange(len(again))
            )
            scores[again] = torch.from_numpy(on_cpu).float().to(scores.device)
    return scores
