"""One vector for each label: the mean of its images' vectors."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index

# Values of vectors that are read at once: 32 MB.
_VALUES = 8_388_608
Prototypes = tuple[Rows, Floats]  # labels (l,), ascending, and vectors (l, d)


def prototypes_of(vectors: Index, labels: Rows) -> Prototypes:
    """Return the distinct labels (l,) of images (n,), ascending, and their prototypes (l, d).

    A prototype is the mean of the label's vectors, of length 1; label -1 is left out. Memory: 12
    bytes for each value of the prototypes, some numbers for each image, and 100 MB.
    """
    order = np.argsort(labels, kind="stable")
    order = order[np.count_nonzero(labels == NONE) :]
    distinct, places = np.unique(labels[order], return_inverse=True)
    dimension = vectors.read(order[:1]).shape[1]
    sums = np.zeros((len(distinct), dimension))
    step = max(1, _VALUES // dimension)
    for start in range(0, len(order), step):
        part = slice(start, start + step)
        own, firsts = np.unique(places[part], return_index=True)
        sums[own] += np.add.reduceat(vectors.read(order[part]).astype(np.float64), firsts, axis=0)
    return distinct, _unit(sums)


def _unit(sums: Doubles) -> Floats:
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: Floats = (sums / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def most_frequent(labels: Rows, tags: Rows, distinct: Rows) -> Rows:
    """Return the most frequent tag of the images of each label, -1 = none; the lower of equals.

    ``labels`` and ``tags`` (n,) are those of images, ``distinct`` (l,) the labels asked for.
    """
    found = np.full(len(distinct), NONE, np.int64)
    known = tags != NONE
    pairs, counts = np.unique(np.stack([labels[known], tags[known]]), axis=1, return_counts=True)
    # The most frequent pair of each label comes last, so that it is written last.
    order = np.lexsort((-pairs[1], counts, pairs[0]))
    places = np.searchsorted(distinct, pairs[0][order])
    within = places < len(distinct)
    places, tags_in_order = places[within], pairs[1][order][within]
    own = distinct[places] == pairs[0][order][within]
    found[places[own]] = tags_in_order[own]
    return found
