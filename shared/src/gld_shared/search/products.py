"""Inner products: of whole blocks fast in float32, of chosen pairs in float64."""

import numpy as np

from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.faiss_blas_kernel import import_faiss

_PAIR_VALUES = 262_144  # float64 values of either side of the pairs at once: 2 MB


def largest_products(queries: Floats, block: Floats, count: int) -> tuple[Floats, Rows]:
    """Return each query's ``count`` largest products with a block, largest first, and columns."""
    faiss = import_faiss()
    products, columns = faiss.knn(queries, block, count, metric=faiss.METRIC_INNER_PRODUCT)
    return products, columns


def all_products(queries: Floats, block: Floats, device: str) -> Floats:
    """Return all products of queries (m, d) and a block (b, d): (m, b)."""
    if device == "cpu":
        products: Floats = queries @ block.T
        return products
    import torch

    left, right = (torch.from_numpy(side).to(device) for side in (queries, block))
    on_host: Floats = (left @ right.T).cpu().numpy()
    return on_host


def pair_products(left: Floats, left_rows: Rows, right: Floats, right_rows: Rows) -> Doubles:
    """Return the inner products of pairs of rows, (p,) float64, summed in an order set by d alone.

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
