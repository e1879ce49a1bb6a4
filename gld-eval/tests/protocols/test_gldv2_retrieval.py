import json
from pathlib import Path

import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.statistics.summary import summarise
from gld_shared.errors import DataError
from gld_shared.testing import ranking_of, truth_of

OFFICIAL = json.loads((Path(__file__).parents[1] / "fixtures" / "gldv2_retrieval.json").read_text())


def scored(case, *metrics):
    pairs = [
        (query, index, "all")
        for query, ids in case["solution"].items()
        for index in ids or [""]
        if index or not ids
    ]
    pairs = [(query, index, usage if index else "ignored") for query, index, usage in pairs]
    return evaluate(ranking_of(case["predictions"]), truth_of(pairs), parse_metrics(metrics))


def means(evaluation):
    table = summarise(evaluation)
    return dict(zip(table["metric"], table["value"], strict=True))


def test_equals_the_official_code_query_by_query():
    case = OFFICIAL["base"]
    found = scored(case, "map@100")
    values = dict(zip(found.queries["query_id"], found.values["map@100"], strict=True))
    official = {"q_missing": 0.0, **case["per_query_ap100"]}
    # The official code counts a positive that its solution repeats twice: 2 of 3 found.
    assert official.pop("q_dup_in_solution") == pytest.approx(2 / 3)
    assert values.pop("q_dup_in_solution") == 1.0
    assert values == pytest.approx(official, abs=1e-12)


@pytest.mark.parametrize("k", [1, 5, 10, 100, 200])
def test_equals_the_official_means_at_other_cuts(k):
    case = OFFICIAL["base"]
    official = case["results"][str(k)]
    found = means(scored(case, f"map@{k}", f"precision@{k}"))
    repeated = (1 - 2 / 3) / len(case["solution"]) if k >= 3 else 0
    assert found[f"map@{k}"] - repeated == pytest.approx(official["map"], abs=1e-12)
    expected = official["mean_precisions"][k - 1]
    assert found[f"precision@{k}"] == pytest.approx(expected, abs=1e-12)


def test_no_neighbours_at_all_score_0():
    case = OFFICIAL["nothing_predicted"]
    assert case["results"]["100"]["map"] == 0
    assert means(scored(case, "map@100")) == {"map@100": 0.0}


def test_a_query_without_positives_is_left_out_where_the_official_code_fails():
    case = OFFICIAL["query_without_positives_predicted"]
    assert case["results"]["100"]["map"] == {"raises": "ZeroDivisionError"}
    assert means(scored(case, "map@100")) == {"map@100": 1.0}


def test_an_unknown_query_is_an_error_as_in_the_official_code():
    case = OFFICIAL["unknown_query"]
    assert case["results"]["100"]["map"] == {"raises": "ValueError"}
    with pytest.raises(DataError, match=r"^n.tsv: 1 of 2 queries are not in t.tsv, for example"):
        scored(case, "map@100")


def test_a_repeated_result_is_wrong_at_its_rank():
    truth = truth_of([("a", "x", "all"), ("a", "y", "all")])
    found = evaluate(ranking_of({"a": ["x", "x", "y"]}), truth, parse_metrics(["map@100"]))
    assert found.values["map@100"].tolist() == [(1 + 2 / 3) / 2]
    assert found.judged.rows() == [
        (0, 1, 1, "right"),
        (0, 2, 2, "wrong"),
        (0, 3, 3, "right"),
    ]
