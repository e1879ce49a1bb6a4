"""The recipe's k-reciprocal rerank (2nd place solution of 2021) as loops, from its description.

Faithful and slow: dense matrices of all images, Python loops over them. The solution held weights
in float16, which numpy computes with more slowly than in float32.
"""

import numpy as np


def jaccard_distances(
    distances: np.ndarray, ranks: np.ndarray, queries: int, k1: int, k2: int
) -> np.ndarray:
    """Return the Jaccard distances of the first images to all, (queries, n).

    ``distances`` (n, n) are those of all images, and ``ranks`` (n, m) the nearest of each, itself
    first.
    """
    weights = np.zeros_like(distances)
    half = int(np.around(k1 / 2))
    for image in range(len(distances)):
        found = _reciprocal(ranks, image, k1 + 1)
        expanded = found
        for candidate in found:
            further = _reciprocal(ranks, candidate, half + 1)
            if len(np.intersect1d(further, found)) > 2 / 3 * len(further):
                expanded = np.append(expanded, further)
        expanded = np.unique(expanded)
        weight = np.exp(-distances[image, expanded])
        weights[image, expanded] = weight / np.sum(weight)
    averaged = np.zeros_like(weights)
    for image in range(len(distances)):
        averaged[image] = np.mean(weights[ranks[image, :k2]], axis=0)
    inverted = [np.where(averaged[:, image] != 0)[0] for image in range(len(distances))]
    jaccard = np.zeros((queries, len(distances)), np.float32)
    for query in range(queries):
        shared = np.zeros(len(distances), np.float32)
        for image in np.where(averaged[query] != 0)[0]:
            having = inverted[image]
            shared[having] += np.minimum(averaged[query, image], averaged[having, image])
        jaccard[query] = 1 - shared / (2 - shared)
    return jaccard


def _reciprocal(ranks: np.ndarray, image: int, count: int) -> np.ndarray:
    forward = ranks[image, :count]
    backward = ranks[forward, :count]
    return forward[np.where(backward == image)[0]]
