"""Verified candidates are in the order of a loop, ties by index row."""

from types import SimpleNamespace

import numpy as np
from gld_rerank.spatial.rerank import rank_verified
from gld_rerank.spatial.scoring import verified_scores
from hypothesis import given
from hypothesis import strategies as st

# Few values, so that equal scores are frequent.
SCORES = st.sampled_from([-0.5, 0.0, 0.25, 0.5, 0.75, 1.0])
CANDIDATES = st.lists(st.tuples(SCORES, st.integers(0, 200)), max_size=8)


def slow_ranking(candidates, top, weight, cap):
    """Rank (row, score, inliers) as the recipe does: the first ``top`` again, the others behind."""
    verified = [
        (np.float32(score + weight * min(inliers, cap) / cap), row)
        for row, score, inliers in candidates[:top]
    ]
    rest = [(np.float32(score), row) for row, score, _ in candidates[top:]]
    return sorted(verified, key=lambda each: (-each[0], each[1])) + rest


@given(st.lists(CANDIDATES, min_size=1, max_size=4), st.integers(1, 9), st.integers(1, 100))
def test_the_ranking_is_that_of_a_loop(queries, top, cap):
    width = max(1, *map(len, queries))
    rows = np.full((len(queries), width), -1, np.int64)
    scores = np.zeros(rows.shape, np.float32)
    inliers = np.zeros((len(queries), min(top, width)), np.int64)
    expected = []
    for query, drawn in enumerate(queries):
        ranked = sorted(enumerate(drawn), key=lambda each: (-each[1][0], each[0]))
        candidates = [(row, score, count) for row, (score, count) in ranked]
        for place, (row, score, count) in enumerate(candidates):
            rows[query, place], scores[query, place] = row, score
            if place < inliers.shape[1]:
                inliers[query, place] = count
        expected.append(slow_ranking(candidates, top, 0.25, cap))
    found = SimpleNamespace(rows=rows, scores=scores)
    reranking = rank_verified(SimpleNamespace(found=found, lists=[]), inliers, 0.25, cap)
    new_scores, new_rows = reranking.rank(slice(0, len(queries)))
    for query, ranking in enumerate(expected):
        assert new_rows[query, : len(ranking)].tolist() == [row for _, row in ranking]
        assert new_scores[query, : len(ranking)].tolist() == [score for score, _ in ranking]
        assert (new_rows[query, len(ranking) :] == -1).all()


def test_the_score_of_the_recipe():
    scores = verified_scores(
        np.array([[0.5, 0.5, 0.5]], np.float32), np.array([[0, 30, 400]]), 0.15, 90
    )
    np.testing.assert_allclose(scores, [[0.5, 0.55, 0.65]], atol=1e-12)
