import json
import logging
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_eval.evaluate import evaluate
from gld_eval.evaluation import Evaluation
from gld_eval.metric_names import Metric, parse_metrics
from gld_eval.protocols.registry import PROTOCOLS
from gld_eval.statistics.summary import summarise
from gld_shared.errors import DataError
from gld_shared.tables import Table
from hypothesis import given
from hypothesis import strategies as st

FIXTURE = Path(__file__).parent / "fixtures" / "rankings.json"
MAP = [Metric("map@K", 100)]


def neighbours(ranked: dict[str, list[str]]) -> Table:
    rows = [
        (query, index, rank, 1.0 - rank / 1000)
        for query, ids in ranked.items()
        for rank, index in enumerate(ids, start=1)
    ]
    schema = {
        "query_id": pl.String,
        "index_id": pl.String,
        "rank": pl.Int32,
        "score": pl.Float32,
    }
    return Table(pl.DataFrame(rows, schema, orient="row"), path="n.tsv")


def truth(rows: list[tuple[str, ...]]) -> Table:
    names = ["query_id", "index_id", "usage", "grade"][: len(rows[0])]
    return Table(pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row"), path="t.tsv")


def values(evaluation: Evaluation) -> dict[str, float]:
    (name,) = evaluation.values
    return dict(zip(evaluation.queries["query_id"], evaluation.values[name], strict=True))


def test_equals_the_competition_metric_of_the_reference_rankings():
    golden = json.loads(FIXTURE.read_text())
    pairs = []
    for query, relevant in golden["positives"].items():
        # The competition has no junk: an ignored positive is simply not relevant.
        kept = [index for index in relevant if index not in golden["ignored"][query]]
        pairs += [(query, index, "all") for index in kept] or [(query, "", "ignored")]
    found = evaluate(neighbours(golden["ranks"]), truth(pairs), MAP)
    np.testing.assert_allclose(found.values["map@100"], golden["map100"], rtol=0, atol=1e-12)
    (mean,) = summarise(found)["value"]
    assert mean == pytest.approx(np.mean(golden["map100"]), abs=1e-12)


def test_junk_equals_the_recipes_own_evaluation_where_positives_fit_the_cut():
    golden = json.loads(FIXTURE.read_text())
    pairs = [
        (query, index, "all", "junk" if index in golden["ignored"][query] else "easy")
        for query, relevant in golden["positives"].items()
        for index in relevant
    ]
    pairs += [(query, "", "ignored", "") for query, ids in golden["positives"].items() if not ids]
    found = values(evaluate(neighbours(golden["ranks"]), truth(pairs), MAP))
    for (query, value), expected in zip(found.items(), golden["seed_ap"], strict=True):
        if len(golden["positives"][query]) <= 100:
            assert value == pytest.approx(expected, abs=1e-12)


@given(st.data())
def test_equals_a_loop_over_queries(data):
    index = [f"i{number}" for number in range(8)]
    grades = st.sampled_from(["", "junk"])
    queries = ["q0", "q1", "i2"]
    ranked = {query: data.draw(st.lists(st.sampled_from(index), unique=True)) for query in queries}
    relevant = {
        query: data.draw(st.dictionaries(st.sampled_from(index), grades, min_size=1))
        for query in queries
    }
    pairs = [(q, i, "all", grade) for q, found in relevant.items() for i, grade in found.items()]
    pairs.append(("always", "i0", "all", ""))
    k = data.draw(st.integers(1, 9))
    expected = {"always": 0.0}
    for query in queries:
        junk = {image for image, grade in relevant[query].items() if grade == "junk"} | {query}
        positives = set(relevant[query]) - junk
        if positives:
            kept = [image for image in ranked[query] if image not in junk][:k]
            hits = [rank for rank, image in enumerate(kept, start=1) if image in positives]
            total = sum(number / rank for number, rank in enumerate(hits, start=1))
            expected[query] = total / min(len(positives), k)
    found = evaluate(neighbours(ranked), truth(pairs), [Metric("map@K", k)])
    assert values(found) == pytest.approx(expected)


def test_means_by_usage_and_overall_in_a_fixed_order():
    ranked = neighbours({"a": ["x", "y"], "b": ["y", "x"], "c": ["x"]})
    pairs = truth(
        [
            ("b", "x", "private"),
            ("a", "x", "public"),
            ("c", "z", "private"),
            ("d", "", "ignored"),
        ]
    )
    found = summarise(evaluate(ranked, pairs, parse_metrics(["recall@1", "map@2"])))
    assert found.select("metric", "usage", "value").rows() == [
        ("recall@1", "public", 1.0),
        ("recall@1", "private", 0.0),
        ("recall@1", "all", pytest.approx(1 / 3)),
        ("map@2", "public", 1.0),
        ("map@2", "private", 0.25),
        ("map@2", "all", 0.5),
    ]


def test_own_data_has_one_usage():
    found = summarise(evaluate(neighbours({"a": ["x"]}), truth([("a", "x", "all")]), MAP))
    assert found.select("metric", "usage", "value").rows() == [("map@100", "all", 1.0)]


def test_a_query_without_neighbours_counts_zero_with_a_warning(caplog):
    with caplog.at_level(logging.WARNING):
        found = evaluate(
            neighbours({"a": ["x"]}), truth([("a", "x", "all"), ("b", "x", "all")]), MAP
        )
    assert values(found) == {"a": 1.0, "b": 0.0}
    assert caplog.messages == [
        "1 of 2 queries have no neighbours in n.tsv, for example 'b'; each counts 0"
    ]


def test_the_neighbours_of_an_ignored_query_are_skipped():
    pairs = truth([("a", "x", "all"), ("b", "", "ignored")])
    assert values(evaluate(neighbours({"a": ["x"], "b": ["x"]}), pairs, MAP)) == {"a": 1.0}


def test_a_pair_named_twice_counts_once():
    pairs = truth([("a", "x", "all"), ("a", "x", "all"), ("a", "y", "all")])
    assert values(evaluate(neighbours({"a": ["x", "y"]}), pairs, MAP)) == {"a": 1.0}


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (
            [("b", "x", "all", "")],
            "n.tsv: 1 of 1 queries are not in t.tsv, for example 'a'; use the truth of the same "
            "query list (a query without positives appears there with usage ignored)",
        ),
        (
            [("a", "x", "public", ""), ("a", "y", "private", "")],
            "t.tsv: query 'a' has several usages (public, private); expected one per query",
        ),
        (
            [("a", "x", "all", "junk"), ("a", "x", "all", "easy")],
            "t.tsv: query 'a' has 'x' both as junk and as relevant; keep one",
        ),
        (
            [("a", "", "ignored", "")],
            "t.tsv: no query has a relevant image, so there is nothing to score; "
            "was the truth made from the lists that were searched?",
        ),
    ],
)
def test_a_truth_that_cannot_be_used(pairs, message):
    with pytest.raises(DataError) as caught:
        evaluate(neighbours({"a": ["x", "y"]}), truth(pairs), MAP)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("pairs", "protocol", "message"),
    [
        (
            [("a", "a", "all", "")],
            "gldv2-retrieval",
            "n.tsv: nothing to score with t.tsv: no query has a value of map@100, precision@10, "
            "recall@10; gldv2-retrieval leaves out queries without positives other than their own "
            "image",
        ),
        (
            [("a", "", "ignored", ""), ("b", "x", "all", "")],
            "ilias",
            "n.tsv: nothing to score with t.tsv: no query has a value of ilias-map@1000; ilias "
            "leaves out queries without positives, and those without neighbours",
        ),
    ],
)
def test_a_run_none_of_whose_queries_has_a_value_is_refused(pairs, protocol, message):
    with pytest.raises(DataError) as caught:
        evaluate(neighbours({"a": ["x", "a"]}), truth(pairs), protocol=PROTOCOLS[protocol])
    assert str(caught.value) == message


def test_metrics_that_no_query_has_a_value_of_are_named(caplog):
    metrics = parse_metrics(["revisitop-hard-map", "revisitop-easy-map"], PROTOCOLS["revisitop"])
    with caplog.at_level(logging.WARNING):
        found = evaluate(
            neighbours({"a": ["x"]}),
            truth([("a", "x", "all", "hard")]),
            metrics,
            PROTOCOLS["revisitop"],
        )
    assert summarise(found)["metric"].to_list() == ["revisitop-hard-map"]
    assert caplog.messages == [
        "no query of t.tsv has a value of revisitop-easy-map, so the scores have no rows of it"
    ]
