"""Similarity fused with the overlap of k-reciprocal neighbours, on each query's neighbourhood.

Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding (CVPR 2017), but only
among a query, its nearest references and their nearest references, as the 2nd place solution of
2021 does.
"""

from collections.abc import Iterator

import numpy as np
from gld_shared.errors import DataError
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.topk import topk

NEIGHBOURHOOD = 30
K1, K2, BALANCE = 10, 3, 0.5


def fused_neighbourhoods(
    queries: Floats,
    references: Index,
    k1: int = K1,
    k2: int = K2,
    device: str = "cpu",
) -> Iterator[tuple[Rows, Doubles]]:
    """Yield the neighbourhood of each query (q, d): rows (u,), ascending, and fused similarities.

    The neighbourhood is the 30 nearest references and the 30 nearest of each. All other references
    have overlap 0, so the best of all are in the neighbourhood. Memory: 30 rows of 30 for each
    query, and one neighbourhood, at most 930 squared. Raises DataError if there are fewer than 30
    references.
    """
    _, nearest = topk(queries, references, NEIGHBOURHOOD, device)
    if len(queries) and nearest.shape[1] < NEIGHBOURHOOD:
        raise DataError(
            f"{nearest.shape[1]} labelled references, expected at least {NEIGHBOURHOOD}; "
            "give a larger --reference"
        )
    members, places = np.unique(nearest, return_inverse=True)
    _, of_members = topk(references.read(members), references, NEIGHBOURHOOD, device)
    for query, near, place in zip(queries, nearest, places.reshape(nearest.shape), strict=True):
        rows = np.unique(np.concatenate([near, of_members[place].ravel()]))
        yield rows, fused_similarity(query, references.read(rows), k1, k2)


def fused_similarity(
    query: Floats, references: Floats, k1: int = K1, k2: int = K2, balance: float = BALANCE
) -> Doubles:
    """Compute the fused similarity (u,) of a query (d,) to references (u, d), in [0, 1].

    1 - balance * distance - (1 - balance) * Jaccard distance, with distance = (1 - cosine) / 2.
    """
    vectors = np.concatenate([query[None], references]).astype(np.float64)
    distances = np.clip((1 - vectors @ vectors.T) / 2, 0, 1)
    ranks = np.argsort(distances, axis=1, kind="stable")
    weights = _encode(distances, ranks, k1)
    if k2 > 1:
        weights = weights[ranks[:, :k2]].mean(axis=1)
    shared = np.minimum(weights[0], weights[1:]).sum(axis=1)
    jaccard = 1 - shared / (2 - shared)
    fused: Doubles = 1 - (balance * distances[0, 1:] + (1 - balance) * jaccard)
    return fused


def _encode(distances: Doubles, ranks: Rows, k1: int) -> Doubles:
    """Return the weights of each row over its expanded k-reciprocal neighbours, summing to 1."""
    half = round(k1 / 2) + 1
    wide = [_reciprocal(ranks, row, k1 + 1) for row in range(len(ranks))]
    narrow = [_reciprocal(ranks, row, half) for row in range(len(ranks))]
    weights = np.zeros_like(distances)
    for row, own in enumerate(wide):
        extra = [
            narrow[candidate]
            for candidate in own
            if len(np.intersect1d(narrow[candidate], own)) > 2 / 3 * len(narrow[candidate])
        ]
        expanded = np.unique(np.concatenate([own, *extra]))
        values = np.exp(-distances[row, expanded])
        weights[row, expanded] = values / values.sum()
    return weights


def _reciprocal(ranks: Rows, row: int, count: int) -> Rows:
    """Return those of the nearest ``count`` rows that have this row among their own ``count``."""
    forward = ranks[row, :count]
    found: Rows = forward[(ranks[forward, :count] == row).any(axis=1)]
    return found
