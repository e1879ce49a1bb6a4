"""Alpha query expansion: Radenović et al., Fine-tuning CNN Image Retrieval (TPAMI 2018)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from gld_shared.search.blocks import Floats


def expand(
    queries: Floats, neighbours: Floats, similarities: npt.NDArray[np.float32], alpha: float
) -> Floats:
    """normalise(q + sum of similarity^alpha x): queries (q, d), neighbours (q, m, d), (q, m).

    Negative similarities count as 0. Returns (q, d) float32, L2-normalised.
    """
    weights = np.clip(similarities, 0, None).astype(np.float64) ** alpha
    # One sum in float64 of fixed order, so that the bits do not depend on how queries are grouped.
    added = np.stack(
        [(w[:, None] * x).sum(axis=0) for w, x in zip(weights, neighbours, strict=True)]
    )
    total = queries.astype(np.float64) + added
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    unit: Floats = (total / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def expand_ensemble(
    queries: Floats,
    neighbours: Floats,
    similarities: npt.NDArray[np.float32],
    alpha: float,
    widths: Sequence[int],
) -> Floats:
    """``expand`` for vectors of several networks side by side, of ``widths`` that sum to d.

    Each network's part is expanded and normalised by itself, with the mean similarity as weight.
    """
    mean, ends = similarities / np.float32(len(widths)), np.cumsum(widths)
    parts = [
        expand(queries[:, end - width : end], neighbours[..., end - width : end], mean, alpha)
        for width, end in zip(widths, ends, strict=True)
    ]
    return np.concatenate(parts, axis=1)
