"""Curves and groups are checked by loops over the queries."""

import numpy as np
import pytest
from gld_eval.evaluate import evaluate
from gld_eval.report.curves import curves_of, histogram
from gld_eval.report.groups import by_name, by_positives
from gld_shared.testing.small_rankings import ranking_of, truth_of
from hypothesis import given
from hypothesis import strategies as st

IMAGES = [f"i{number}" for number in range(8)]
RANKINGS = st.dictionaries(
    st.sampled_from("abcd"), st.lists(st.sampled_from(IMAGES), unique=True), min_size=1
)
POSITIVES = st.dictionaries(
    st.sampled_from("abcd"), st.sets(st.sampled_from(IMAGES), min_size=1), min_size=4, max_size=4
)


@given(RANKINGS, POSITIVES)
def test_precision_and_recall_by_rank(ranked, positives):
    truth = truth_of([(q, image, "all") for q, found in positives.items() for image in found])
    curves = curves_of(evaluate(ranking_of(ranked), truth), ranks=10)
    for rank in range(1, 11):
        hits = {q: len(set(ranked.get(q, [])[:rank]) & positives[q]) for q in positives}
        precision = np.mean([hits[q] / rank for q in positives])
        recall = np.mean([hits[q] / len(positives[q]) for q in positives])
        assert curves.precision[rank - 1] == pytest.approx(precision, abs=1e-12)
        assert curves.recall[rank - 1] == pytest.approx(recall, abs=1e-12)


def test_the_table_has_a_few_ranks():
    truth = truth_of([("a", "x", "all"), ("a", "y", "all")])
    curves = curves_of(evaluate(ranking_of({"a": ["x", "z", "y"]}), truth), ranks=10)
    assert curves.rows() == [(1, 1.0, 0.5), (5, 0.4, 1.0), (10, 0.2, 1.0)]


def test_the_histogram_counts_both_ends_and_leaves_nan_out():
    assert histogram(np.array([0, 0.24, 0.25, 1, np.nan]), 4).tolist() == [2, 1, 0, 1]


def summary(grouping):
    return [(group.name, group.queries, group.value) for group in grouping.groups]


def test_groups_by_name_are_the_largest_first():
    values = np.array([0.1, 0.3, 1.0, 0.5, np.nan, 0.7])
    grouping = by_name("country", ["IT", "IT", "FR", "", "FR", "DE"], values, seed=0)
    assert summary(grouping) == [("IT", 2, 0.2), ("DE", 1, 0.7), ("FR", 1, 1.0)]
    assert 0.1 <= grouping.groups[0].low < 0.2 < grouping.groups[0].high <= 0.3
    assert (grouping.groups[1].low, grouping.groups[1].high) == (None, None)
    assert by_name("country", ["IT"] * 6, values, seed=0) is None


def test_small_groups_beyond_the_largest_are_counted():
    names = [f"{number:02}" for number in range(50)]
    grouping = by_name("country", names, np.linspace(0, 1, 50), seed=0)
    assert (len(grouping.groups), grouping.others) == (40, 10)


def test_groups_by_number_of_positives():
    positives = np.array([1, 2, 3, 5, 11, 100, 101, 5000])
    grouping = by_positives(positives, np.linspace(0, 0.7, 8), seed=0)
    assert [(name, queries) for name, queries, _ in summary(grouping)] == [
        *(("1", 1), ("2", 1), ("3 to 5", 2), ("11 to 30", 1), ("31 to 100", 1)),
        ("more than 100", 2),
    ]
    assert by_positives(np.array([4, 4]), np.array([0.0, 1.0]), seed=0) is None
