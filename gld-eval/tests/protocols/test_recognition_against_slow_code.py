"""GAP equals slow code, written from its published definition, on random predictions."""

import numpy as np
import polars as pl
import pytest
from gld_eval.recognition import recognise
from gld_shared.errors import DataError
from gld_shared.tables import Table
from gld_shared.testing import truth_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def slow_gap(predictions: dict[str, tuple[str, float]], solution: dict[str, set[str]]) -> float:
    """Source: GlobalAveragePrecision of the official code."""
    ordered = sorted(predictions.items(), key=lambda item: (-item[1][1], item[0]))
    correct, total = 0, 0.0
    for seen, (image, (landmark, _)) in enumerate(ordered, start=1):
        if landmark in solution[image]:
            correct += 1
            total += correct / seen
    return total / sum(bool(landmarks) for landmarks in solution.values())


def check_seed(seed: int, images: int) -> None:
    generator = np.random.default_rng(seed)
    predictions: dict[str, tuple[str, float]] = {}
    solution: dict[str, set[str]] = {}
    for image in [f"t{number:04}" for number in range(images)]:
        count = generator.choice([0, 1, 1, 3])
        solution[image] = set(generator.choice(list("ABCDE"), count, replace=False).tolist())
        if generator.random() < 0.8:
            score = float(generator.integers(-2, 5)) / 4
            predictions[image] = (str(generator.choice(list("ABCDEF"))), score)
    rows = [(image, *one) for image, one in predictions.items()]
    schema = {"query_id": pl.String, "landmark": pl.String, "confidence": pl.Float32}
    table = Table(pl.DataFrame(rows, schema, orient="row"), path="p.tsv")
    truth = truth_of(
        [(image, one, "all") for image, ids in solution.items() for one in sorted(ids) or [""]]
    )
    if not any(solution.values()):
        with pytest.raises(DataError, match="no image has a landmark"):
            recognise(table, truth)
        return
    found = recognise(table, truth)
    expected = slow_gap(predictions, solution)
    assert np.nanmean(found.values["gap"]) == pytest.approx(expected, abs=1e-12)
    assert found.sampled()["gap"].mean() == pytest.approx(expected, abs=1e-12)
    right = [predictions.get(image, ("", 0))[0] in ids for image, ids in solution.items() if ids]
    assert np.nanmean(found.values["top1"]) == pytest.approx(np.mean(right), abs=1e-12)


@given(st.integers(0, 2**32), st.sampled_from([1, 8, 60]))
@settings(max_examples=25, deadline=None)
def test_random_predictions(seed, images):
    check_seed(seed, images)


@pytest.mark.slow
@given(st.integers(0, 2**32), st.sampled_from([1, 8, 60]))
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_ten_thousand_random_predictions(seed, images):
    check_seed(seed, images)
