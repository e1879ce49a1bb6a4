"""Similarity fused with the overlap of k-reciprocal neighbours, among a query and some images."""

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.reciprocal.encoding import encode
from gld_rerank.reciprocal.lists import lists_of
from gld_rerank.reciprocal.overlap import Overlaps


def fused_similarity(query: Floats, images: Floats, k1: int, k2: int, balance: float) -> Doubles:
    """Compute the fused similarity (m,) of a query (d,) to images (m, d), in [0, 1].

    1 - balance * distance - (1 - balance) * Jaccard distance, with distance = (1 - cosine) / 2.
    Neighbours are those among the query and the images. Memory: 12 bytes for each of m^2 pairs.
    """
    vectors = np.concatenate([query[None], images]).astype(np.float64)
    # Rounded, so that the order of almost equal distances is not the sum's last bits.
    distances = np.clip((1 - vectors @ vectors.T) / 2, 0, 1).astype(np.float32)
    jaccard = jaccard_from_first(distances, k1, k2)
    fused: Doubles = 1 - (balance * distances[0, 1:] + (1 - balance) * jaccard)
    return fused


def jaccard_from_first(distances: Floats, k1: int, k2: int) -> Doubles:
    """Compute the Jaccard distances of the first of n images to the others, (n - 1,).

    ``distances`` (n, n) are those between the images, among which neighbours are found. Memory:
    about 10 bytes for each of n k1 places.
    """
    lists = lists_of(distances, max(k1 + 1, k2))

    def known(left: Rows, right: Rows) -> Doubles:
        return distances[left, right].astype(np.float64)

    overlaps = Overlaps(lists, encode(lists, k1, known), k2)
    return overlaps.jaccard_distances(0, np.arange(1, len(distances), dtype=np.int32))
