"""Jaccard distances of k-reciprocal neighbours, among a query and some images."""

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.reciprocal.encoding import encode
from gld_rerank.reciprocal.lists import lists_of
from gld_rerank.reciprocal.overlap import Overlaps


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
