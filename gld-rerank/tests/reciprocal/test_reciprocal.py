"""k-reciprocal reranking against the same in plain sets and dense arrays."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_rerank.reciprocal.jaccard import jaccard_from_first, overlaps_among
from gld_rerank.reciprocal.rerank import reciprocal_rerank, reciprocal_rerank_index
from hypothesis import given, settings
from hypothesis import strategies as st

METHODS = Path(__file__).parents[1] / "fixtures" / "methods"
RECIPE = Path(__file__).parents[1] / "fixtures" / "recipe"


def slow_weights(distances, k1, k2):
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
    return np.stack([weights[order[:k2]].mean(axis=0) for order in ranks])


def slow_jaccard(distances, k1, k2):
    """The Jaccard distances of all pairs, (n, n)."""
    weights = slow_weights(distances, k1, k2)
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
def test_the_jaccard_distances_of_one_image_equal_the_dense_ones(seed, n, distinct, k1, k2):
    distances = distances_between(vectors_with_copies(seed, n, distinct))
    found = jaccard_from_first(distances, k1, k2)
    np.testing.assert_allclose(found, slow_jaccard(distances, k1, k2)[0, 1:], atol=1e-6)


def test_the_nodes_that_two_share_most():
    distances = distances_between(vectors_with_copies(3, 40, 40))
    overlaps, weights = overlaps_among(distances, 8, 3), slow_weights(distances, 8, 3)
    for other in range(40):
        parts = np.minimum(weights[0], weights[other])
        expected = [node for node in np.argsort(-parts, kind="stable") if parts[node] > 0][:4]
        assert overlaps.shared_nodes(0, other, 4).tolist() == expected


def test_a_query_alone_has_no_distances():
    assert len(jaccard_from_first(np.zeros((1, 1), np.float32), 20, 6)) == 0


def distances_between(vectors):
    """Compute (1 - cosine) / 2 of all pairs of vectors (n, d): (n, n)."""
    cosines = (vectors.astype(np.float64) @ vectors.T.astype(np.float64)).astype(np.float32)
    return np.clip((1 - cosines.astype(np.float64)) / 2, 0, 1).astype(np.float32)


def slow_rerank(queries, index, own, k1, k2, balance, k):
    """Rank the whole index on dense matrices; ``own`` (q,) is each query's image in it, or -1.

    Yields index rows and scores of each query.
    """
    new = [row for row in range(len(queries)) if own[row] < 0]
    vectors = np.concatenate([index, queries[new]])
    distances = distances_between(vectors)
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
    st.sampled_from([0.3, 0.0]),
)
def test_the_whole_index_equals_the_dense_way(searched, seed, q, n, distinct, k1, k2, k, balance):
    vectors = vectors_with_copies(seed, q + n, distinct)
    queries, index = vectors[:q], vectors[q:]
    # The first query is an image of the index.
    queries[0] = index[0]
    ids = ["i000", *(f"q{row}" for row in range(1, q))]
    table = searched(queries, index, query_ids=ids)
    blocks = list(reciprocal_rerank_index(table, k1=k1, k2=k2, balance=balance, k=k).blocks())
    own = [0] + [-1] * (q - 1)
    slow = slow_rerank(queries, index, own, k1, k2, balance, k)
    for query, (rows, scores) in zip(ids, slow, strict=True):
        if rows or blocks:
            found = pl.concat(blocks).filter(pl.col("query_id") == query)
            check_ranking(found, rows, scores)


def distances_as_the_authors(vectors):
    """Squared distances (n, n), each row divided by its largest."""
    squared = 2 - 2 * vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    squared = np.clip(squared, 0, None)
    return (squared / squared.max(axis=1, keepdims=True)).astype(np.float32)


def as_the_authors(queries, images, k1, k2, share):
    """Distances (q, n) from queries to images, among all of both."""
    distances = distances_as_the_authors(np.concatenate([queries, images]))
    found = []
    for query in range(len(queries)):
        order = [query, *(node for node in range(len(distances)) if node != query)]
        jaccard = jaccard_from_first(distances[np.ix_(order, order)], k1, k2)[len(queries) - 1 :]
        found.append((1 - share) * jaccard + share * distances[query, len(queries) :])
    return np.stack(found)


@pytest.mark.parametrize(
    ("k1", "k2", "share"), [(20, 6, 0.3), (10, 3, 0.5), (5, 1, 0.3), (7, 2, 0.0)]
)
def test_the_authors_distances(k1, k2, share):
    vectors, values = (
        np.load(METHODS / name) for name in ("m_vectors.npz", "kreciprocal_zhong.npz")
    )
    queries, images = vectors["q"][values["q_rows"]], vectors["x"][values["x_rows"]]
    found = as_the_authors(queries, images, k1, k2, share)
    np.testing.assert_allclose(found, values[f"dist_k{k1}_{k2}_l{share}"], atol=1e-5)


def test_the_recipe_s_rerank_of_the_whole_index(searched):
    values = np.load(RECIPE / "k_reciprocal_whole.npz")
    reranking = reciprocal_rerank_index(searched(values["q"], values["g"]), None, 10, 3, 0.3)
    scores, rows = reranking.rank(slice(0, 6))
    expected = np.take_along_axis(values["sims_from_f32_feats"].astype(np.float64), rows, 1)
    np.testing.assert_allclose(scores, expected, atol=2e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 12),
    st.integers(1, 6),
    st.integers(1, 40),
)
def test_candidates_equal_the_dense_way(searched, seed, n, distinct, k1, k2, k):
    vectors = vectors_with_copies(seed, n + 3, distinct)
    queries, index = vectors[:3], vectors[3:]
    ids = ["q0", "i000", "q2"]
    neighbours = searched(queries, index, query_ids=ids)
    # The last query has one candidate alone.
    neighbours.rows[2, 1:], neighbours.scores[2, 1:] = -1, 0
    reranking = reciprocal_rerank(neighbours, k1, k2, k=k)
    found = pl.concat(list(reranking.blocks()))
    for query, rows in enumerate(neighbours.rows):
        candidates = np.sort(rows[rows >= 0])
        among = np.concatenate([queries[[query]], index[candidates]])
        distances = distances_between(among)
        scores = 1 - 0.3 * distances[0, 1:] - 0.7 * slow_jaccard(distances, k1, k2)[0, 1:]
        order = np.lexsort((candidates, -scores.astype(np.float32)))[:k]
        of_query = found.filter(pl.col("query_id") == ids[query])
        check_ranking(of_query, candidates[order].tolist(), scores[order])
