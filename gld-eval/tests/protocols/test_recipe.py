import json
from pathlib import Path

import numpy as np
import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import PROTOCOLS
from gld_shared.testing import ranking_of, truth_of

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECIPE = PROTOCOLS["recipe"]


@pytest.fixture(scope="module")
def found():
    golden = json.loads((FIXTURES / "rankings.json").read_text())
    pairs = [
        (query, index, "all", "junk" if index in golden["ignored"][query] else "")
        for query, relevant in golden["positives"].items()
        for index in relevant
    ]
    pairs += [(query, "", "ignored", "") for query, ids in golden["positives"].items() if not ids]
    return evaluate(ranking_of(golden["ranks"]), truth_of(pairs), [], RECIPE).values


RECORDED = json.loads((FIXTURES / "recipe_scores.json").read_text())


def test_average_precision_equals_the_recipes(found):
    np.testing.assert_allclose(found["recipe-map@100"], RECORDED["ap"], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "key"), [("cmc", "cmc"), ("precision", "prec"), ("recall", "rec")]
)
def test_the_values_by_rank_equal_the_recipes(found, name, key):
    for column, k in enumerate([1, 5, 10, 20, 100]):
        expected = np.array(RECORDED[key])[:, column]  # kept in float32
        np.testing.assert_allclose(found[f"recipe-{name}@{k}"], expected, rtol=0, atol=1e-7)


def test_precision_stays_once_every_positive_is_found_and_is_0_beyond_the_ranking():
    metrics = [f"recipe-precision@{k}" for k in (1, 5, 10, 100)]
    ranking = ranking_of({"a": ["x", *[f"wrong{rank}" for rank in range(2, 8)]]})
    values = evaluate(
        ranking, truth_of([("a", "x", "all")]), parse_metrics(metrics, RECIPE), RECIPE
    ).values
    assert [values[name].item() for name in metrics] == [1.0, 1.0, 1.0, 0.0]
