"""The recipe's k-reciprocal distances, which its code rounds to half precision on the way.

The reference below is that code's procedure, on dense matrices of a given precision. In half
precision it equals the recipe's values, in single precision ours; so rounding is all that differs.
"""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.reciprocal.jaccard import jaccard_from_first

VALUES = np.load(Path(__file__).parents[1] / "fixtures" / "recipe" / "k_reciprocal_full.npz")


def encode(distances, k1, k2, precision):
    """The weights of each node's k-reciprocal neighbours, (n, n), and the ranks of all."""
    n = len(distances)
    ranks = np.argsort(distances, axis=1, kind="stable")

    def reciprocal(node, width):
        near = ranks[node, :width]
        return near[(ranks[near, :width] == node).any(axis=1)]

    weights = np.zeros((n, n), precision)
    for node in range(n):
        own = reciprocal(node, k1 + 1)
        members = own
        for candidate in own:
            further = reciprocal(candidate, round(k1 / 2) + 1)
            if len(np.intersect1d(further, own)) > 2 / 3 * len(further):
                members = np.union1d(members, further)
        values = np.exp(-distances[node, members])
        weights[node, members] = values / values.sum()
    if k2 == 1:
        return weights
    return np.stack([weights[order[:k2]].mean(axis=0) for order in ranks])


def dense_distances(distances, queries, k1, k2, share, precision):
    """Distances from the first ``queries`` nodes to the others."""
    weights = encode(distances, k1, k2, precision)
    jaccard = np.zeros((queries, len(distances)), precision)
    for query, own in enumerate(weights[:queries]):
        shared = np.zeros(len(distances), precision)
        for node in np.flatnonzero(own):
            shared += np.minimum(own[node], weights[:, node])
        jaccard[query] = 1 - shared / (2 - shared)
    found = jaccard * (1 - share) + distances[:queries] * share
    return found[:, queries:]


def our_distances(distances, queries, k1, k2, share):
    found = []
    for query in range(queries):
        order = [query, *(node for node in range(len(distances)) if node != query)]
        jaccard = jaccard_from_first(distances[np.ix_(order, order)], k1, k2)[queries - 1 :]
        found.append((1 - share) * jaccard + share * distances[query, queries:])
    return np.stack(found)


def scaled(distances):
    return (distances / distances.max(axis=1, keepdims=True)).astype(np.float32)


def squared():
    vectors = np.concatenate([VALUES["q"], VALUES["g"]]).astype(np.float64)
    return np.clip(2 - 2 * vectors @ vectors.T, 0, None)


# Distances by local features, which the recipe's code can add or use alone, and ours cannot; its
# neighbours are then those of the sum.
LOCAL = {
    "dist_local_added": squared() + VALUES["local_dist"],
    "dist_only_local": VALUES["local_dist"],
}


@pytest.mark.parametrize(
    ("name", "k1", "k2", "share"),
    [
        ("dist", 20, 6, 0.3),
        ("dist", 50, 15, 0.3),
        ("dist", 10, 3, 0.3),
        ("dist", 20, 1, 0.3),
        ("dist", 7, 2, 0.0),
        ("dist", 20, 6, 1.0),
        ("dist_local_added", 20, 6, 0.3),
        ("dist_only_local", 20, 6, 0.3),
    ],
)
def test_distances_in_half_precision_are_the_recipe_s_and_in_single_ours(name, k1, k2, share):
    distances = scaled(LOCAL.get(name, squared()))
    half, single = (
        dense_distances(distances, 12, k1, k2, share, precision)
        for precision in (np.float16, np.float32)
    )
    ours, expected = (
        our_distances(distances, 12, k1, k2, share),
        VALUES[f"{name}_k{k1}_{k2}_l{share}"],
    )
    np.testing.assert_allclose(half, expected, atol=1e-5)
    np.testing.assert_allclose(single, ours, atol=1e-5)
    np.testing.assert_allclose(ours, expected, atol=4e-3)
