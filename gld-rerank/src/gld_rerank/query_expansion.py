"""Alpha query expansion: Radenović et al., Fine-tuning CNN Image Retrieval (TPAMI 2018)."""

from collections.abc import Sequence

import numpy as np
from gld_shared.errors import DataError
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.topk import topk

from gld_rerank.candidates import vectors_of
from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.reranking import Reranking

# The greatest weight of a neighbour; squares of its sums still fit into float64.
_HEAVIEST = 1e100


def expand_queries(
    neighbours: Source,
    top: int = 10,
    alpha: float = 3.0,
    k: int = 100,
    device: str = "cpu",
) -> Reranking:
    """Add each query's ``top`` neighbours to it, and search the whole index again.

    Memory: 2,048 queries with ``top`` vectors each, and one block of the index. Raises DataError
    when the stores that the neighbours name are missing or do not match, or a score is too large.
    """
    found = open_neighbours(neighbours, top)
    nearest, similarities = found.best(top)
    _refuse_large(similarities, alpha, found)
    index, total = found.index_side, sum(map(abs, found.weights))

    def rank(part: slice) -> tuple[Floats, Rows]:
        rows = nearest[part]
        vectors = vectors_of(index, rows)
        queries = found.query_vectors(part)
        expanded = expand_ensemble(
            queries, vectors, similarities[part] / np.float32(total), alpha, index.widths
        )
        return topk(found.weigh(expanded), index, k, device)

    return Reranking(found, rank)


def _refuse_large(similarities: Floats, alpha: float, found: Neighbours) -> None:
    """Raise DataError for the first query whose best score gives too large a weight."""
    with np.errstate(over="ignore"):
        weights = np.clip(similarities[:, 0], 0, None).astype(np.float64) ** alpha
    wrong = np.flatnonzero(weights > _HEAVIEST)
    if len(wrong):
        query = found.query_ids[wrong[0]]
        raise DataError(
            f"{found.table.path}: query {query!r}: its best score, {similarities[wrong[0], 0]:g}, "
            f"is too large for the power {alpha:g}; expected similarities, about 1 at most; "
            "search again, or lower --alpha"
        )


def expand_ensemble(
    queries: Floats,
    neighbours: Floats,
    mean: Floats,
    alpha: float,
    widths: Sequence[int],
) -> Floats:
    """Apply ``expand`` to vectors of several networks side by side, of ``widths`` that sum to d.

    Each network's part is expanded and normalised by itself, weighted by the ``mean`` similarity of
    all networks (q, m).
    """
    ends = np.cumsum(widths)
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
