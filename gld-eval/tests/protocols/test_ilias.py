import json
from pathlib import Path

import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import PROTOCOLS
from gld_eval.statistics.summary import summarise
from gld_shared.errors import DataError
from gld_shared.testing import ranking_of, truth_of

OFFICIAL = json.loads((Path(__file__).parents[1] / "fixtures" / "ilias.json").read_text())
ILIAS = PROTOCOLS["ilias"]


def scored(case, k):
    ranked, scores = {}, {}
    for query, sims, rows in zip(case["queries"], case["sims"], case["ranks"], strict=True):
        ranked[query] = [OFFICIAL["db_ids"][row] for row in rows]
        scores[query] = sims
    queries = {query for case in OFFICIAL["cases"].values() for query in case["queries"]}
    pairs = [
        (query, positive, "all")
        for query in sorted(queries)
        for positive in OFFICIAL["positives"]
        if positive.split("/")[0] == query.split("/")[0]
    ]
    metrics = parse_metrics([f"ilias-map@{k}"], ILIAS)
    return evaluate(ranking_of(ranked, scores), truth_of(pairs), metrics, ILIAS)


CASES = ["distinct_scores_top60", "tied_scores_top60", "some_queries_missing", "nothing_relevant"]


@pytest.mark.parametrize(
    ("name", "k"), [(name, int(k)) for name in CASES for k in OFFICIAL["cases"][name]["results"]]
)
def test_equals_the_official_code(name, k):
    case = OFFICIAL["cases"][name]
    found = scored(case, k)
    official = case["results"][str(k)]
    values = dict(zip(found.queries["query_id"], found.values[f"ilias-map@{k}"], strict=True))
    for query, percent in zip(case["queries"], official["aps"], strict=True):
        assert 100 * values[query] == pytest.approx(percent, abs=1e-10)
    mean = summarise(found)["value"].item()
    assert 100 * mean == pytest.approx(official["map"], abs=1e-10)


def test_queries_without_neighbours_are_left_out_with_a_warning(caplog):
    truth = truth_of([("a", "x", "all"), ("b", "x", "all")])
    found = evaluate(ranking_of({"a": ["x"]}), truth, [], ILIAS)
    assert summarise(found)["value"].to_list() == [1.0]
    assert caplog.messages == [
        "1 of 2 queries have no neighbours in n.tsv, for example 'b'; ilias leaves them out"
    ]


def test_a_repeated_result_is_refused_where_the_official_code_counts_it_again():
    case = OFFICIAL["cases"]["repeated_id"]
    with pytest.raises(DataError, match=r"which ilias does not define; remove repeated results"):
        scored(case, 1000)
