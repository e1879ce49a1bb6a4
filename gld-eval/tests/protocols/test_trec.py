import json
from pathlib import Path

import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import TREC
from gld_eval.report.curves import curves_of
from gld_eval.scores import query_rows
from gld_eval.statistics.summary import summarise
from gld_shared.testing import ranking_of, truth_of

LIBRARIES = json.loads((Path(__file__).parents[1] / "fixtures" / "libraries.json").read_text())


def scored(*metrics, own=()):
    ranked, scores = {}, {}
    for query, results in LIBRARIES["run"].items():
        if query in LIBRARIES["qrels"] and results:
            order = sorted(results, key=lambda index, of=results: -of[index])
            ranked[query], scores[query] = order, [results[index] for index in order]
    pairs = [
        (query, index, "all", "" if relevance else "wrong")
        for query, judged in LIBRARIES["qrels"].items()
        for index, relevance in judged.items()
    ]
    return evaluate(ranking_of(ranked, scores), truth_of(pairs), parse_metrics(metrics, TREC), TREC)


@pytest.mark.parametrize("metric", ["map_cut_10", "map_cut_100", "P_10", "recall_10"])
def test_equals_trec_eval(metric):
    found = scored(metric)
    values = dict(zip(found.queries["query_id"], found.values[metric], strict=True))
    for query, official in LIBRARIES["trec"].items():
        if query in LIBRARIES["qrels"]:
            assert values[query] == pytest.approx(official[metric], abs=1e-12)


def test_the_mean_counts_all_judged_queries_as_ir_measures_does():
    found = summarise(scored("map_cut_100"))["value"].item()
    assert found == pytest.approx(LIBRARIES["ir_measures_all"]["mean"]["AP@100"], abs=1e-12)


def test_the_querys_own_image_is_a_result_like_any_other():
    truth = truth_of([("a", "a", "all"), ("a", "x", "all")])
    found = evaluate(ranking_of({"a": ["a", "x"]}), truth, [], TREC)
    assert found.values["map_cut_100"].tolist() == [1.0]
    assert found.judged["verdict"].to_list() == ["right", "right"]


def test_positions_are_the_ranks_of_equal_scores_by_index_id_descending():
    truth = truth_of([("a", "x", "all"), ("a", "z", "all")])
    ranking = ranking_of({"a": ["x", "y", "z"]}, {"a": [0.5, 0.5, 0.5]})
    found = evaluate(ranking, truth, [], TREC)
    assert found.judged.rows() == [(0, 1, 3, "right"), (0, 3, 1, "right")]
    row = query_rows(found, None).row(0, named=True)
    assert (row["relevant"], row["found"], row["first_rank"]) == (2, 2, 1)
    assert curves_of(found, 3).precision.tolist() == [1, 0.5, 2 / 3]
