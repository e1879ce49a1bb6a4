"""k-reciprocal reranking against the same in plain sets and dense arrays."""

import numpy as np
import polars as pl
from gld_rerank.reciprocal.fused_similarity import fused_similarity
from gld_rerank.reciprocal.rerank import rerank_whole
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


def slow_rerank(queries, index, own, k1, k2, balance, k):
    """Rank the whole index on dense matrices; ``own`` (q,) is each query's image in it, or -1.

    Yields index rows and scores of each query.
    """
    new = [row for row in range(len(queries)) if own[row] < 0]
    vectors = np.concatenate([index, queries[new]]).astype(np.float64)
    similarities = (vectors @ vectors.T).astype(np.float32).astype(np.float64)
    distances = np.clip((1 - similarities) / 2, 0, 1).astype(np.float32)
    fused = 1 - (balance * distances + (1 - balance) * slow_jaccard(distances, k1, k2))
    for row in range(len(queries)):
        node = len(index) + new.index(row) if row in new else own[row]
        scores = fused[node, : len(index)].astype(np.float32)
        order = sorted(range(len(index)), key=lambda image, s=scores: (-s[image], image))
        order = [image for image in order if image != own[row]][:k]
        yield order, scores[order]


def check_ranking(found, expected, scores):
    """Compare images and scores; images may change places where scores are equal but for 1e-5."""
    np.testing.assert_allclose(found["score"], scores, atol=1e-5)
    rows = [int(name[1:]) for name in found["index_id"]]
    assert len(set(rows)) == len(rows)
    for row, other, score in zip(rows, expected, scores, strict=True):
        if row != other and row in expected:
            assert abs(scores[expected.index(row)] - score) < 1e-5


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.integers(1, 40),
    st.integers(1, 30),
    st.integers(1, 12),
    st.integers(1, 6),
    st.sampled_from([1, 3, 100]),
)
def test_the_whole_index_equals_the_dense_way(searched, seed, q, n, distinct, k1, k2, k):
    vectors = vectors_with_copies(seed, q + n, distinct)
    queries, index = vectors[:q], vectors[q:]
    # The first query is an image of the index.
    queries[0] = index[0]
    ids = ["i000", *(f"q{row}" for row in range(1, q))]
    table = searched(queries, index, query_ids=ids)
    blocks = list(rerank_whole(table, k1=k1, k2=k2, k=k).blocks())
    own = [0] + [-1] * (q - 1)
    slow = slow_rerank(queries, index, own, k1, k2, 0.3, k)
    for query, (rows, scores) in zip(ids, slow, strict=True):
        if rows or blocks:
            found = pl.concat(blocks).filter(pl.col("query_id") == query)
            check_ranking(found, rows, scores)
