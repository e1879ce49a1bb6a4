"""Jaccard distances of k-reciprocal neighbours, among a query and some images."""

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.reciprocal.encoding import encode
from gld_rerank.reciprocal.lists import lists_of
from gld_rerank.reciprocal.overlap import Overlaps


def jaccard_from_first(distances: Floats, k1: int, k2: int) -> Doubles:
    """Compute the Jaccard distances of the first of n images to the others, (n - 1,).

    See ``overlaps_among``.
    """
    others = np.arange(1, len(distances), dtype=np.int32)
    return overlaps_among(distances, k1, k2).jaccard_distances(0, others)


def overlaps_among(distances: Floats, k1: int, k2: int) -> Overlaps:
    """Find the overlaps of the k-reciprocal neighbours of n images among themselves.

    ``distances`` (n, n) are those between the images. Memory: about 10 bytes for each of n k1
    places.
    """
    lists = lists_of(distances, max(k1 + 1, k2))

    def known(left: Rows, right: Rows) -> Doubles:
        return distances[left, right].astype(np.float64)

    return Overlaps(lists, encode(lists, k1, known), k2)
