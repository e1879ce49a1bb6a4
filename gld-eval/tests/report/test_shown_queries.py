"""Verdicts of results, and the positives that were missed."""

from dataclasses import replace

import polars as pl
from gld_eval.evaluate import evaluate
from gld_eval.judgements import judge
from gld_eval.report.kept_rows import TOP, KeptRows
from gld_eval.report.shown_queries import (
    Missed,
    first_scores,
    judged_queries,
    unjudged_queries,
)
from gld_shared.testing.small_rankings import ranking_of, truth_of


def shown(ranked, truth, chosen):
    truth = truth_of(truth)
    kept = KeptRows(ranking_of(ranked), judge(truth))
    return judged_queries(kept, chosen, evaluate(kept, truth), None), kept


def verdicts(query):
    return [(result.image, result.verdict) for result in query.results]


def test_all_verdicts():
    truth = [("q", "x", "all", ""), ("q", "j", "all", "junk"), ("q", "y", "all", "")]
    (query,), _ = shown({"q": ["q", "x", "j", "w"]}, truth, ["q"])
    assert verdicts(query) == [("q", "own"), ("x", "right"), ("j", "junk"), ("w", "wrong")]
    assert (query.value, query.positives, query.missing) == (0.5, 2, 1)
    assert query.missed == [Missed("y", 0)]


def test_missed_positives_are_those_not_found_then_the_worst_ranks():
    ranked = [f"w{number}" for number in range(TOP)] + ["p1", "w", "p2", "w'", "p3"]
    truth = [("q", name, "all") for name in ("p1", "p2", "p3", "p4", "w0")]
    (query,), _ = shown({"q": ranked}, truth, ["q"])
    assert query.missing == 4
    assert query.missed == [Missed("p4", 0), Missed("p3", 15), Missed("p2", 13)]
    assert len(query.results) == TOP


def test_queries_are_shown_in_the_order_in_which_they_were_chosen():
    ranked = {"a": ["x"], "b": ["y"], "c": ["z"]}
    truth = [("c", "z", "all"), ("a", "x", "all"), ("d", "x", "all")]
    (first, second), kept = shown({"a": ["x"], "c": ["z"]}, truth, ["d", "a"])
    assert (first.id, first.results, first.value) == ("d", [], 0.0)
    assert (second.id, verdicts(second)) == ("a", [("x", "right")])
    kept = KeptRows(ranking_of(ranked))
    kept.read()
    assert [query.id for query in unjudged_queries(kept, ["c", "a"])] == ["c", "a"]


def test_the_ranking_is_passed_on_unchanged():
    ranking = ranking_of({"q": [f"i{number}" for number in range(30)], "r": ["x"]})
    kept = KeptRows(ranking)
    assert pl.concat(kept.blocks()).equals(ranking.rows)
    assert kept.first["rank"].to_list() == [*range(1, TOP + 1), 1]
    assert first_scores(kept).rows() == [("q", -1.0), ("r", -1.0)]


def test_results_without_scores_are_shown_without():
    ranking = ranking_of({"q": ["x"]})
    kept = KeptRows(replace(ranking, rows=ranking.rows.drop("score")))
    kept.read()
    ((result,),) = (query.results for query in unjudged_queries(kept, ["q"]))
    assert result == ("x", "unjudged", None)
