"""Vectors with their weighted neighbours added, normalised again."""

from collections.abc import Callable, Sequence

import numpy as np
from gld_shared.errors import DataError
from gld_shared.search.blocks import Doubles, Floats
from gld_shared.search.exact_scores import pair_products

# Chosen on photographs and synthetic landmarks: see the README.
TOP, ALPHA = 2, 3.0
# Values of neighbours' vectors to hold in memory at once: 256 MB.
MOST_VALUES = 1 << 26
# The greatest weight of a neighbour; squares of its sums still fit into float64.
_HEAVIEST = 1e100


def similarities_of(vectors: Floats | Doubles, neighbours: Floats) -> Floats:
    """Return the products of each of n vectors (n, d) and its neighbours (n, m, d): (n, m).

    They are rounded as a search's scores are.
    """
    n, m, dimension = neighbours.shape
    products = pair_products(
        vectors,
        np.repeat(np.arange(n), m),
        neighbours.reshape(n * m, dimension),
        np.arange(n * m),
    )
    return products.astype(np.float32).reshape(n, m)


def weights_of(
    similarities: Floats, alpha: float, name_of: Callable[[int], str] = "row {}".format
) -> Doubles:
    """Return similarity^alpha (n, m); 0 for similarities that are not positive, whatever alpha is.

    Raises DataError for a weight that is too large to be summed; ``name_of`` names its row.
    """
    with np.errstate(over="ignore"):
        weights: Doubles = np.clip(similarities, 0, None).astype(np.float64) ** alpha
    # Absent neighbours have similarity 0, and 0 ** 0 is 1.
    weights[similarities <= 0] = 0
    wrong = np.argwhere(weights > _HEAVIEST)
    if len(wrong):
        row, place = wrong[0]
        raise DataError(
            f"{name_of(row)}: a similarity of {similarities[row, place]:g} is too large for the "
            f"power {alpha:g}; expected about 1 at most, as of vectors of length 1; lower --alpha"
        )
    return weights


def expand_ensemble(
    queries: Floats, neighbours: Floats, weights: Doubles, widths: Sequence[int]
) -> Floats:
    """Apply ``expand`` to vectors of several networks side by side, of ``widths`` that sum to d.

    Each network's part is expanded and normalised by itself, with the same weights (q, m).
    """
    ends = np.cumsum(widths)
    parts = [
        expand(queries[:, end - width : end], neighbours[..., end - width : end], weights)
        for width, end in zip(widths, ends, strict=True)
    ]
    return np.concatenate(parts, axis=1)


def expand(vectors: Floats, neighbours: Floats, weights: Doubles) -> Floats:
    """Compute normalise(q + sum of weights * x) for vectors q (n, d) and neighbours x (n, m, d).

    Returns (n, d) float32, L2-normalised.
    """
    # Each is summed by itself in float64, so its bits do not depend on the others.
    added = np.empty(vectors.shape, np.float64)
    for row, (own, others) in enumerate(zip(weights, neighbours, strict=True)):
        added[row] = (own[:, None] * others).sum(axis=0)
    total = vectors.astype(np.float64) + added
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    unit: Floats = (total / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
