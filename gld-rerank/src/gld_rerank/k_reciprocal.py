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

from gld_rerank.reciprocal.fused_similarity import fused_similarity

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
        yield rows, fused_similarity(query, references.read(rows), k1, k2, BALANCE)
