"""Similarities of an ensemble as their weighted mean, so that an image has 1 to itself."""

import numpy as np
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.exact_scores import pair_products

from gld_rerank.neighbours import Neighbours


def total_weight(found: Neighbours) -> float:
    """Return the sum of the networks' weights, which scores are divided by.

    Raises DataError for a negative weight: the more an image is like itself, the lower it would be.
    """
    if min(found.weights) < 0:
        raise DataError(
            f"{display_name(found.table.path)}: "
            f"has a weight of {min(found.weights):g}, expected 0 or "
            "more, so that an image is most similar to itself; search again with such --weight"
        )
    return float(sum(found.weights))


def similarities_of_pairs(found: Neighbours, vectors: Floats, left: Rows, right: Rows) -> Floats:
    """Compute the similarities of pairs (p,) of joined vectors (m, sum of d), as a search does."""
    products = pair_products(found.weigh(vectors), left, vectors, right)
    return products.astype(np.float32) / np.float32(total_weight(found))


def similarities_to_query(found: Neighbours, query: int, rows: Rows) -> Floats:
    """Compute the similarities of a query to index rows (m,), as a search does."""
    own = found.query_vectors(slice(query, query + 1))
    vectors = np.concatenate([own, found.index_side.read(rows)])
    return similarities_of_pairs(found, vectors, np.zeros_like(rows), np.arange(1, len(vectors)))


def distances_of(similarities: Floats | Doubles) -> Floats:
    """Return (1 - similarity) / 2, from 0 to 1, in float32."""
    halved = (1 - similarities.astype(np.float64)) / 2
    return np.clip(halved, 0, 1).astype(np.float32)


def fused_similarity(similarities: Floats, jaccard: Doubles, balance: float) -> Doubles:
    """Return 1 - balance * distance - (1 - balance) * Jaccard distance, of pairs (p,)."""
    distances = distances_of(similarities).astype(np.float64)
    fused: Doubles = 1 - (balance * distances + (1 - balance) * jaccard)
    return fused
