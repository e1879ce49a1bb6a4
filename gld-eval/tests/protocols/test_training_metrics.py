"""The metrics that the recipe computes while it trains are two of the protocols."""

from pathlib import Path

import numpy as np
import pytest
from gld_eval.evaluate import evaluate
from gld_eval.metric_names import parse_metrics
from gld_eval.protocols.registry import PROTOCOLS
from gld_shared.testing import ranking_of, truth_of

DISTRACTOR = 9999


@pytest.fixture(scope="module")
def golden():
    path = Path(__file__).parents[1] / "fixtures" / "metrics.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def scored(ranked, pairs, metrics, protocol):
    of = PROTOCOLS[protocol]
    found = evaluate(ranking_of(ranked), truth_of(pairs), parse_metrics(metrics, of), of)
    return {name: float(np.nanmean(values)) for name, values in found.values.items()}


def test_person_search_takes_images_of_the_same_camera_out_of_the_ranking(golden):
    ranked, pairs = {}, []
    for query, order in enumerate(golden["order"]):
        ranked[f"q{query}"] = [str(image) for image in order]
        same = golden["gp"] == golden["qp"][query]
        camera = golden["gc"] == golden["qc"][query]
        pairs += [
            (f"q{query}", str(image), "all", "junk" if camera[image] else "easy")
            for image in np.flatnonzero(same)
        ]
    metrics = ["recipe-map@80", *[f"recipe-cmc@{k}" for k in range(1, 51)]]
    found = scored(ranked, pairs, metrics, "recipe")
    assert found.pop("recipe-map@80") == pytest.approx(float(golden["r1_map"]), abs=1e-12)
    assert list(found.values()) == pytest.approx(golden["r1_cmc"].tolist(), abs=1e-7)  # float32


def test_image_search_ranks_images_of_the_same_camera_and_distractors_by_trapezoids(golden):
    ranked, pairs = {}, []
    for query, order in enumerate(golden["order"]):
        camera = golden["gc"][order]
        kept = order[(camera == golden["qc"][query]) | (camera == DISTRACTOR)]
        ranked[f"q{query}"] = [str(image) for image in kept]
        relevant = kept[golden["gp"][kept] == golden["qp"][query]]
        pairs += [(f"q{query}", str(image), "all", "easy") for image in relevant]
    found = scored(ranked, pairs, ["revisitop-easy-map"], "revisitop")
    assert found["revisitop-easy-map"] == pytest.approx(float(golden["cbir_map"]), abs=1e-12)
    metrics = [f"recipe-cmc@{k}" for k in range(1, 11)]
    cmc = scored(ranked, pairs, metrics, "recipe")
    assert list(cmc.values()) == pytest.approx(golden["cbir_cmc"][:10].tolist(), abs=1e-12)
