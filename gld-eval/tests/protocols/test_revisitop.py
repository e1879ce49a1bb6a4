import json
from pathlib import Path

import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import REVISITOP
from gld_eval.statistics.summary import summarise
from gld_shared.errors import DataError
from gld_shared.testing import ranking_of, truth_of

OFFICIAL = json.loads((Path(__file__).parents[1] / "fixtures" / "revisitop.json").read_text())
SETUPS = {"E": "easy", "M": "medium", "H": "hard"}


def scored(columns, truth, cuts):
    pairs = [
        (f"q{row}", str(index), "all", grade)
        for row, graded in enumerate(truth)
        for grade in ("easy", "hard", "junk")
        for index in graded.get(grade) or []
    ]
    names = [
        f"revisitop-{setup}-{metric}"
        for setup in SETUPS.values()
        for metric in ["map", *[f"mp@{k}" for k in cuts]]
    ]
    ranked = {f"q{row}": [str(index) for index in column] for row, column in enumerate(columns)}
    metrics = parse_metrics(names, REVISITOP)
    return evaluate(ranking_of(ranked), truth_of(pairs), metrics, REVISITOP)


@pytest.mark.parametrize(
    "name", ["full", "kappas_100_1", "truncated_15_no_kappas", "truncated_15_kappas"]
)
def test_equals_the_official_code(name):
    case = OFFICIAL[name]
    columns = [column[: case.get("truncate")] for column in OFFICIAL["full"]["ranks_columns"]]
    found = scored(columns, OFFICIAL["full"]["gnd"], case["kappas"])
    table = summarise(found)
    means = dict(zip(table["metric"], table["value"], strict=True))
    for letter, setup in SETUPS.items():
        official = case["results"][letter]
        aps = [float(value) for value in official["aps"]]
        values = found.values[f"revisitop-{setup}-map"].tolist()
        rows = [int(query[1:]) for query in found.queries["query_id"]]
        assert values == pytest.approx([aps[row] for row in rows], abs=1e-12, nan_ok=True)
        assert means[f"revisitop-{setup}-map"] == pytest.approx(official["map"], abs=1e-12)
        for k, precision in zip(case["kappas"], official["pr"], strict=True):
            assert means[f"revisitop-{setup}-mp@{k}"] == pytest.approx(precision, abs=1e-12)


@pytest.mark.parametrize(
    "name", ["no_junk_key", "junk_before_between_after", "positive_not_in_database"]
)
def test_equals_the_official_code_in_small_cases(name):
    case = OFFICIAL["small"][name]
    truth = [{"easy": case["ok"], "junk": case["junk"]}]
    values = scored([case["column"]], truth, case["kappas"]).values
    assert values["revisitop-easy-map"].item() == pytest.approx(case["result"]["map"], abs=1e-12)
    for k, precision in zip(case["kappas"], case["result"]["pr"], strict=True):
        assert values[f"revisitop-easy-mp@{k}"].item() == pytest.approx(precision, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "image"), [("two_copies_of_positive_in_ranking", "1"), ("junk_copies", "9")]
)
def test_a_repeated_result_is_refused_where_the_official_code_counts_it_again(name, image):
    case = OFFICIAL["small"][name]
    with pytest.raises(DataError) as caught:
        scored([case["column"]], [{"easy": case["ok"], "junk": case["junk"]}], [])
    assert str(caught.value) == (
        f"n.tsv: query 'q0' repeats '{image}' at rank 2, which revisitop does not define; "
        "remove repeated results, or score with gldv2-retrieval"
    )


def test_a_ranking_without_positives_has_precision_0_where_the_official_code_fails():
    case = OFFICIAL["small"]["no_positive_in_ranking_with_kappas"]
    assert case["result"] == {"raises": "ValueError"}
    values = scored([case["column"]], [{"easy": case["ok"]}], [1, 5]).values
    assert {name: value.item() for name, value in values.items() if "easy" in name} == {
        "revisitop-easy-map": 0.0,
        "revisitop-easy-mp@1": 0.0,
        "revisitop-easy-mp@5": 0.0,
    }


def test_a_setup_without_positives_has_no_row():
    found = summarise(scored([[1, 2]], [{"easy": [2]}], []))
    assert dict(zip(found["metric"], found["value"], strict=True)) == {
        "revisitop-easy-map": 0.25,
        "revisitop-medium-map": 0.25,
    }


@pytest.mark.parametrize(
    ("setup", "one", "two", "relevant"),
    [
        ("easy", (1, "right"), (None, "junk"), 1),
        ("medium", (1, "right"), (3, "right"), 2),
        ("hard", (None, "junk"), (2, "right"), 1),
    ],
)
def test_verdicts_are_those_of_the_setup_of_the_first_metric(setup, one, two, relevant):
    ranking = ranking_of({"q0": ["9", "1", "3", "2"]})
    grades = [("1", "easy"), ("2", "hard"), ("9", "junk")]
    truth = truth_of([("q0", index, "all", grade) for index, grade in grades])
    others = [f"revisitop-{other}-map" for other in SETUPS.values() if other != setup]
    metrics = parse_metrics([f"revisitop-{setup}-mp@1", *others], REVISITOP)
    found = evaluate(ranking, truth, metrics, REVISITOP)
    assert found.judged.rows() == [(0, 1, None, "junk"), (0, 2, *one), (0, 4, *two)]
    assert found.queries["positives"].to_list() == [relevant]


def test_verdicts_are_those_of_medium_by_default():
    ranking = ranking_of({"q0": ["9", "1", "3", "2"]})
    grades = [("1", "easy"), ("2", "hard"), ("9", "junk")]
    truth = truth_of([("q0", index, "all", grade) for index, grade in grades])
    assert evaluate(ranking, truth, [], REVISITOP).judged.rows() == [
        (0, 1, None, "junk"),
        (0, 2, 1, "right"),
        (0, 4, 3, "right"),
    ]


def test_a_truth_without_grades_is_refused():
    with pytest.raises(DataError) as caught:
        evaluate(ranking_of({"a": ["x"]}), truth_of([("a", "x", "all")]), [], REVISITOP)
    assert str(caught.value) == (
        "t.tsv: query 'a' has 'x' without a grade; revisitop expects a column grade with easy, "
        "hard or junk in each row"
    )


def test_an_image_both_easy_and_hard_is_refused():
    truth = truth_of([("a", "x", "all", "easy"), ("a", "x", "all", "hard")])
    with pytest.raises(DataError) as caught:
        evaluate(ranking_of({"a": ["x"]}), truth, [], REVISITOP)
    assert str(caught.value) == "t.tsv: query 'a' has 'x' both as easy and as hard; keep one"
