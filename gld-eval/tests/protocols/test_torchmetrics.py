import json
from pathlib import Path

import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import PROTOCOLS
from gld_shared.testing import ranking_of, truth_of

LIBRARIES = json.loads((Path(__file__).parents[1] / "fixtures" / "libraries.json").read_text())
TORCHMETRICS = PROTOCOLS["torchmetrics"]


@pytest.mark.parametrize("k", [10, 100])
def test_equals_torchmetrics_where_no_scores_are_equal(k):
    recorded = dict(LIBRARIES["torchmetrics"][f"ap@{k}"])
    recorded.pop("q1_ties")  # their order is arbitrary there
    run = {query: LIBRARIES["run"][query] for query in recorded if LIBRARIES["run"][query]}
    ranked = {query: sorted(found, key=lambda i, of=found: -of[i]) for query, found in run.items()}
    scores = {query: [run[query][index] for index in ids] for query, ids in ranked.items()}
    judged = {**{query: {"none": 0} for query in run}, **LIBRARIES["qrels"]}
    pairs = [
        (query, index, "all", "" if relevance else "wrong")
        for query in run
        for index, relevance in judged[query].items()
    ]
    metric = f"torchmetrics-map@{k}"
    found = evaluate(
        ranking_of(ranked, scores),
        truth_of(pairs),
        parse_metrics([metric], TORCHMETRICS),
        TORCHMETRICS,
    )
    values = dict(zip(found.queries["query_id"], found.values[metric], strict=True))
    for query in run:
        assert values[query] == pytest.approx(recorded[query], abs=1e-6)  # float32 there


def test_queries_without_neighbours_are_unknown():
    truth = truth_of([("a", "x", "all"), ("b", "x", "all")])
    found = evaluate(ranking_of({"a": ["x"]}, {"a": [0.5]}), truth, [], TORCHMETRICS)
    assert found.values["torchmetrics-map@100"].tolist() == pytest.approx(
        [1, float("nan")], nan_ok=True
    )
