from pathlib import Path

import numpy as np
import pytest
from gld_eval.evaluate import evaluate
from gld_eval.protocols.registry import PROTOCOLS
from gld_eval.statistics.summary import summarise
from gld_shared.testing import ranking_of, truth_of

FIXTURE = Path(__file__).parents[1] / "fixtures" / "place_recognition.npz"
PLACE = PROTOCOLS["place-recognition"]


@pytest.mark.parametrize("radius", [25, 60])
def test_recalls_equal_the_reference(radius):
    with np.load(FIXTURE, allow_pickle=False) as golden:
        predictions = golden["predictions"]
        counts, flat = golden[f"n_positives_th{radius}"], golden[f"positives_th{radius}_flat"]
        official = golden[f"recalls_th{radius}_1_5_10_20"]
    positives = np.split(flat, counts.cumsum()[:-1])
    pairs = [
        (f"q{row}", str(index), "all") for row, ids in enumerate(positives) for index in ids
    ] + [(f"q{row}", "", "ignored") for row, ids in enumerate(positives) if not len(ids)]
    ranked = {f"q{row}": [str(i) for i in ids] for row, ids in enumerate(predictions)}
    found = summarise(evaluate(ranking_of(ranked), truth_of(pairs), [], PLACE))
    assert found["metric"].to_list() == [f"place-recall@{k}" for k in (1, 5, 10, 20)]
    assert 100 * found["value"].to_numpy() == pytest.approx(official, abs=1e-12)


def test_repeated_results_use_their_ranks():
    truth = truth_of([("a", "x", "all")])
    found = evaluate(ranking_of({"a": ["y", "y", "y", "y", "y", "x", "x"]}), truth, [], PLACE)
    assert [values.item() for values in found.values.values()] == [0.0, 0.0, 1.0, 1.0]


def test_a_query_without_positives_counts_0():
    truth = truth_of([("a", "x", "all"), ("b", "", "ignored")])
    found = evaluate(ranking_of({"a": ["x"], "b": ["x"]}), truth, [], PLACE)
    assert summarise(found)["value"][0] == 0.5
