import numpy as np
import pytest
from gld_shared.metrics import (
    MEASURES,
    average_precision,
    average_precision_at,
    mean_average_precision,
    precision_at,
    recall_at,
)
from hypothesis import given
from hypothesis import strategies as st


def slow_measures(relevant: list[bool], positives: int, k: int) -> dict[str, float]:
    hits, total = 0, 0.0
    for rank, hit in enumerate(relevant[:k], start=1):
        if hit:
            hits += 1
            total += hits / rank
    return {"map": total / min(positives, k), "precision": hits / k, "recall": hits / positives}


@st.composite
def rankings(draw):
    lists = draw(st.lists(st.lists(st.booleans(), max_size=12), min_size=1, max_size=6))
    missed = [draw(st.integers(0, 9)) for _ in lists]
    positives = [max(1, sum(hits) + extra) for hits, extra in zip(lists, missed, strict=True)]
    return lists, positives


@given(rankings(), st.integers(1, 15), st.randoms(use_true_random=False))
def test_equals_a_loop(given_rankings, k, random):
    lists, positives = given_rankings
    hits = [
        (row, rank)
        for row, ranking in enumerate(lists)
        for rank, hit in enumerate(ranking, start=1)
        if hit
    ]
    random.shuffle(hits)
    flat = np.array(hits, dtype=np.int64).reshape(-1, 2)
    for name, measure in MEASURES.items():
        expected = [slow_measures(*pair, k)[name] for pair in zip(lists, positives, strict=True)]
        found = measure(flat[:, 0], flat[:, 1], np.array(positives), k)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_hand_counts():
    # Relevant at ranks 1, 3 and 4, five positives: (1/1 + 2/3 + 3/4) / 5.
    relevant = [True, False, True, True, False]
    assert average_precision(relevant, 5) == pytest.approx((1 + 2 / 3 + 3 / 4) / 5)
    assert average_precision(relevant, 5, k=3) == pytest.approx((1 + 2 / 3) / 3)
    query, rank = np.array([0, 0, 0]), np.array([1, 3, 4])
    assert precision_at(query, rank, np.array([5]), 3) == pytest.approx(2 / 3)
    assert recall_at(query, rank, np.array([5]), 3) == pytest.approx(2 / 5)


def test_more_positives_than_the_cut_can_still_reach_one():
    assert average_precision([True] * 100, 160) == 1.0


def test_a_short_ranking_is_divided_by_the_cut():
    assert precision_at(np.array([0]), np.array([1]), np.array([1]), 10) == pytest.approx(0.1)


def test_queries_without_positives_are_left_out_and_those_without_hits_count_zero():
    relevant = [[True, False], [False, False], [False, False]]
    assert mean_average_precision(relevant, [1, 0, 2]) == pytest.approx(0.5)


def test_no_positives_at_all_is_an_error():
    with pytest.raises(ValueError, match="no query has a relevant image"):
        mean_average_precision([[False]], [0])
    with pytest.raises(ValueError, match="without positives"):
        average_precision_at(np.array([0]), np.array([1]), np.array([0]), 5)


def test_a_cut_below_one_is_an_error():
    with pytest.raises(ValueError, match="k is 0"):
        average_precision([True], 1, k=0)
