"""k-reciprocal reranking against the same in plain sets and dense arrays."""

import numpy as np
from gld_rerank.reciprocal.fused_similarity import fused_similarity
from hypothesis import given, settings
from hypothesis import strategies as st


def slow_jaccard(distances, k1, k2):
    """Zhong et al. on a dense matrix (n, n), each node first in its own list: (n, n)."""
    n = len(distances)
    ranks = [sorted(range(n), key=lambda j, i=i: (j != i, distances[i, j], j)) for i in range(n)]

    def reciprocal(node, width):
        return {j for j in ranks[node][:width] if node in ranks[j][:width]}

    weights = np.zeros((n, n))
    for node in range(n):
        own = reciprocal(node, k1 + 1)
        expanded = set(own)
        for candidate in own:
            further = reciprocal(candidate, round(k1 / 2) + 1)
            if 3 * len(further & own) > 2 * len(further):
                expanded |= further
        for member in expanded:
            weights[node, member] = np.exp(-distances[node, member])
    weights /= weights.sum(axis=1, keepdims=True)
    weights = np.stack([weights[order[:k2]].mean(axis=0) for order in ranks])
    shared = np.minimum(weights[:, None], weights[None]).sum(axis=2)
    return 1 - shared / (2 - shared)


def vectors_with_copies(seed, n, distinct, dimension=4):
    """Unit vectors (n, d), of which at most ``distinct`` differ."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(distinct, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[generator.integers(0, distinct, n)].astype(np.float32)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 40),
    st.integers(1, 30),
    st.integers(1, 25),
    st.integers(1, 12),
)
def test_fused_similarity_equals_the_dense_one(seed, n, distinct, k1, k2):
    vectors = vectors_with_copies(seed, n, distinct)
    found = fused_similarity(vectors[0], vectors[1:], k1, k2, 0.3)
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    distances = np.clip((1 - cosines) / 2, 0, 1).astype(np.float32)
    jaccard = slow_jaccard(distances, k1, k2)[0, 1:]
    np.testing.assert_allclose(found, 1 - 0.3 * distances[0, 1:] - 0.7 * jaccard, atol=1e-6)


def test_a_query_alone_has_no_similarities():
    assert (
        len(fused_similarity(np.ones(2, np.float32), np.empty((0, 2), np.float32), 20, 6, 0.3)) == 0
    )
