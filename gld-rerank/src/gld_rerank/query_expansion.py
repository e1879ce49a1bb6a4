"""Alpha query expansion: Radenović et al., Fine-tuning CNN Image Retrieval (TPAMI 2018)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.topk import topk
from gld_shared.store.ensemble import Ensemble
from gld_shared.tables import Table

from gld_rerank.neighbours import open_neighbours
from gld_rerank.reranking import Reranking


def expand_queries(
    neighbours: Table | str | Path,
    top: int = 10,
    alpha: float = 3.0,
    k: int = 100,
    device: str = "cpu",
) -> Reranking:
    """Add each query's ``top`` neighbours to it, and search the whole index again.

    Memory: 2,048 queries with ``top`` vectors each, and one block of the index. Raises DataError
    when the stores that the neighbours name are missing or do not match.
    """
    found = open_neighbours(neighbours, top)
    nearest, similarities = found.best(top)
    index = Ensemble(found.index)
    widths = [store.dimension for store in found.index]

    def rank(part: slice) -> tuple[Floats, Rows]:
        rows = nearest[part]
        vectors = index.read(rows.ravel()).reshape(*rows.shape, -1)
        queries = found.query_vectors(part)
        expanded = expand_ensemble(queries, vectors, similarities[part], alpha, widths)
        return topk(expanded, index, k, device)

    return Reranking(found, rank)


def expand_ensemble(
    queries: Floats,
    neighbours: Floats,
    similarities: Floats,
    alpha: float,
    widths: Sequence[int],
) -> Floats:
    """Apply ``expand`` to vectors of several networks side by side, of ``widths`` that sum to d.

    Each network's part is expanded and normalised by itself, weighted by the mean similarity.
    """
    mean, ends = similarities / np.float32(len(widths)), np.cumsum(widths)
    parts = [
        expand(queries[:, end - width : end], neighbours[..., end - width : end], mean, alpha)
        for width, end in zip(widths, ends, strict=True)
    ]
    return np.concatenate(parts, axis=1)


def expand(queries: Floats, neighbours: Floats, similarities: Floats, alpha: float) -> Floats:
    """Compute normalise(q + sum of similarity^alpha x) for each query.

    ``queries`` (q, d), ``neighbours`` (q, m, d), ``similarities`` (q, m); negative similarities
    and 0 add nothing, whatever alpha is. Returns (q, d) float32, L2-normalised.
    """
    weights = np.clip(similarities, 0, None).astype(np.float64) ** alpha
    # Absent neighbours have similarity 0, and 0 ** 0 is 1.
    weights[similarities <= 0] = 0
    # Each query is summed by itself in float64, so its bits do not depend on the other queries.
    added = np.stack(
        [(w[:, None] * x).sum(axis=0) for w, x in zip(weights, neighbours, strict=True)]
    )
    total = queries.astype(np.float64) + added
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    unit: Floats = (total / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
