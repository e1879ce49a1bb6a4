from pathlib import Path

import numpy as np
import pytest
from gld_rerank.superglobal import superglobal_scores
from hypothesis import given
from hypothesis import strategies as st

METHODS = Path(__file__).parent / "fixtures" / "methods"


@pytest.mark.parametrize(
    ("top", "neighbours", "beta", "name"),
    [
        (100, 9, 0.15, "M100_K9_b0.15"),
        (50, 5, 0.3, "M50_K5_b0.3"),
        (400, 9, 0.15, "M400_K9_b0.15"),
        (6, 9, 0.15, "M6_K9_b0.15"),
        (100, 9, 1.0, "M100_K9_b1.0"),
    ],
)
def test_scores_equal_those_of_the_authors(top, neighbours, beta, name):
    vectors, values = (np.load(METHODS / f"{n}.npz") for n in ("m_vectors", "superglobal_rerank"))
    for number, query in enumerate(vectors["q"]):
        rows = np.sort(values["ranks_in"][:top, number])
        found = superglobal_scores(query, vectors["x"][rows], neighbours, beta)
        ranked = values["ranks_in"][:top, number][values[f"{name}_order_refined"][number]]
        expected = values[f"{name}_final_score_in_refined_order"][number]
        np.testing.assert_allclose(found[np.searchsorted(rows, ranked)], expected, atol=1e-5)


def slow_scores(query, candidates, neighbours, beta):
    """Follow the paper step by step, with refined vectors in full."""
    refined = []
    for own, vector in enumerate(candidates):
        similarity = [np.float32(vector @ other) for other in candidates]
        others = [row for row in range(len(candidates)) if row != own]
        near = sorted(others, key=lambda row: (-similarity[row], row))[:neighbours]
        weights = np.array([1, *(beta * float(similarity[row]) for row in near)], np.float64)
        total = (weights[:, None] * candidates[[own, *near]]).sum(axis=0)
        refined.append(total / weights.sum() if weights.sum() > 1e-6 else vector)
    first = [vector @ query for vector in refined]
    best = sorted(range(len(first)), key=lambda row: (-np.float32(first[row]), row))
    strongest = np.max([refined[row] for row in best[: neighbours + 1]], axis=0)
    return [(own + vector @ strongest) / 2 for own, vector in zip(first, refined, strict=True)]


# Few directions, so that there are duplicates, opposites and equal similarities.
directions = st.lists(st.tuples(*[st.integers(-1, 1)] * 3).filter(any), min_size=1, max_size=12)


@given(directions, st.integers(1, 12), st.sampled_from([0, 0.15, 1, 3]))
def test_scores_equal_the_slow_ones(vectors, neighbours, beta):
    # The query is the first candidate too.
    unit = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = slow_scores(unit[0], unit, neighbours, beta)
    np.testing.assert_allclose(
        superglobal_scores(unit[0], unit, neighbours, beta), expected, atol=1e-9
    )


def test_a_query_without_candidates_has_no_scores():
    assert superglobal_scores(np.ones(3), np.empty((0, 3))).shape == (0,)


def test_one_candidate_keeps_its_vector():
    query, candidate = np.array([1.0, 0.0]), np.array([[0.6, 0.8]])
    # Half of the similarity to the query, and half of that to the only refined vector, itself.
    np.testing.assert_allclose(superglobal_scores(query, candidate), [(0.6 + 1) / 2])
