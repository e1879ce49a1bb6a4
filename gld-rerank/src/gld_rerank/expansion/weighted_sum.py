"""Vectors with their weighted neighbours added, normalised again."""

from collections.abc import Sequence

import numpy as np
from gld_shared.search.blocks import Doubles, Floats


def weights_of(similarities: Floats, alpha: float) -> Doubles:
    """Return similarity^alpha; 0 for similarities that are negative or 0, whatever alpha is."""
    with np.errstate(over="ignore"):
        weights: Doubles = np.clip(similarities, 0, None).astype(np.float64) ** alpha
    # Absent neighbours have similarity 0, and 0 ** 0 is 1.
    weights[similarities <= 0] = 0
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
