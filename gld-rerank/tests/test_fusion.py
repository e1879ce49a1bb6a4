import json
import math
from pathlib import Path

import numpy as np
import pytest
from gld_rerank.fusion.candidates import Ranking, candidates_of
from gld_rerank.fusion.methods import METHODS
from gld_rerank.fusion.normalisations import NORMALISATIONS, normalise
from hypothesis import given
from hypothesis import strategies as st

RANX = json.loads((Path(__file__).parent / "fixtures/methods/ranx_fusion.json").read_text())
QUERIES = [f"q{number}" for number in range(1, 6)]


def ranking(run, queries):
    """Return the ranking of {query: {image: score}}; images are d00, d01, ... by index row."""
    ranked = [sorted(run.get(query, {}).items(), key=lambda pair: -pair[1]) for query in queries]
    pairs = [pair for query in ranked for pair in query]
    return Ranking(
        np.array([len(query) for query in ranked], np.int64),
        np.array([int(image[1:]) for image, _ in pairs], np.int64),
        np.array([score for _, score in pairs], np.float64),
    )


def normalised(each, by):
    return Ranking(each.counts, each.rows, normalise(each.scores, each.counts, by))


def by_query(candidates, scores, queries):
    """Return {query: {image: score}} of candidates."""
    found = {query: {} for query in queries}
    for query, row, score in zip(candidates.queries, candidates.rows, scores, strict=True):
        found[queries[query]][f"d{row:02}"] = float(score)
    return found


@pytest.mark.parametrize("by", ["max", "min-max", "sum", "zmuv"])
@pytest.mark.parametrize("run", ["A", "B", "C"])
def test_normalisations_equal_those_of_ranx(by, run):
    each = normalised(ranking(RANX["runs"][run], QUERIES), by)
    candidates = candidates_of([each])
    found = by_query(candidates, candidates.scores[:, 0], QUERIES)
    for query in QUERIES:
        assert found[query] == pytest.approx(RANX["normalized"][by][run][query], abs=1e-9)


FUSED = [
    ("rrf", "rrf|None"),
    ("rrf", "rrf|min-max"),
    ("rrf", "rrf_k60|None"),
    ("isr", "isr|None"),
    ("isr", "isr|min-max"),
    ("log-isr", "log_isr|min-max"),
    ("logn-isr", "logn_isr0.01|None"),
    ("borda", "bordafuse|None"),
    ("borda", "bordafuse|min-max"),
    ("borda", "w_bordafuse|None"),
    *[("sum", f"sum|{by}") for by in ("None", "min-max", "max", "sum", "zmuv")],
    *[("sum", f"wsum|{by}") for by in ("min-max", "max", "zmuv")],
]


@pytest.mark.parametrize(("method", "name"), FUSED)
@pytest.mark.parametrize("runs", ["AB", "ABC"])
def test_methods_equal_those_of_ranx(method, name, runs):
    by = name.partition("|")[2] if method == "sum" else "none"
    rankings = [
        normalised(ranking(RANX["runs"][run], QUERIES), by.replace("None", "none")) for run in runs
    ]
    weights = {"AB": [0.7, 0.3], "ABC": [0.5, 0.3, 0.2]}[runs] if name[0] == "w" else [1.0] * 3
    candidates = candidates_of(rankings)
    scores = METHODS[method](candidates, np.array(weights[: len(runs)]))
    found = by_query(candidates, scores, QUERIES)
    for query in QUERIES:
        expected = RANX["fused"][f"{runs}|{name}"][query]
        expected = dict(expected) if isinstance(expected, list) else expected
        assert found[query] == pytest.approx(expected, abs=1e-9)


def slow_scores(runs, method, weights):
    """Fuse one query's rankings, lists of images best first, by the definitions."""
    images = sorted({image for run in runs for image in run})

    def points(run, image):
        missing = (len(images) - len(run) + 1) / 2
        return len(images) - run.index(image) if image in run else missing

    def score(image):
        ranked = [
            (run.index(image) + 1, w) for run, w in zip(runs, weights, strict=True) if image in run
        ]
        squares = sum(weight / rank**2 for rank, weight in ranked)
        return {
            "rrf": sum(weight / (60 + rank) for rank, weight in ranked),
            "isr": len(ranked) * squares,
            "log-isr": math.log(len(ranked)) * squares,
            "logn-isr": math.log(len(ranked) + 0.01) * squares,
            "borda": sum(w * points(run, image) for run, w in zip(runs, weights, strict=True)),
            "min-rank": 1 / min(rank for rank, _ in ranked),
        }[method]

    return {image: score(image) for image in images}


images = st.lists(st.integers(0, 9), unique=True, max_size=8)
# One to three queries in two or three tables, some without neighbours.
tables = st.integers(2, 3).flatmap(
    lambda count: st.lists(st.tuples(*[images] * count), min_size=1, max_size=3)
)


@given(tables, st.sampled_from([name for name in METHODS if name != "sum"]), st.integers(1, 12))
def test_methods_equal_the_slow_ones(queries, method, k):
    weights = [1.0, 0.5, 0.25][: len(queries[0])]
    rankings = [
        Ranking(
            np.array([len(query[table]) for query in queries], np.int64),
            np.array([image for query in queries for image in query[table]], np.int64),
            np.zeros(sum(len(query[table]) for query in queries)),
        )
        for table in range(len(queries[0]))
    ]
    candidates = candidates_of(rankings)
    scores, rows = candidates.best(METHODS[method](candidates, np.array(weights)), k)
    assert len(scores) == len(rows) == len(queries)
    for query, own_scores, own_rows in zip(queries, scores, rows, strict=True):
        slow = slow_scores(query, method, weights)
        found = own_rows[own_rows >= 0].tolist()
        np.testing.assert_allclose(
            own_scores[: len(found)], [slow[image] for image in found], rtol=1e-6
        )
        # Equal scores are in the order of index rows, and nothing better is left out.
        rounded = {image: np.float32(score) for image, score in slow.items()}
        assert len(found) == min(k, len(slow))
        assert found == sorted(found, key=lambda image: (-own_scores[found.index(image)], image))
        left = max((rounded[image] for image in slow if image not in found), default=-np.inf)
        assert not found or left <= np.nextafter(own_scores[len(found) - 1], np.float32(np.inf))


def slow_normalised(scores, by):
    low, high, mean = min(scores), max(scores), sum(scores) / len(scores)
    deviation = math.sqrt(sum((score - mean) ** 2 for score in scores) / len(scores))
    return {
        "none": scores,
        "max": [score / max(high, 1e-9) for score in scores],
        "min-max": [(score - low) / max(high - low, 1e-9) for score in scores],
        "sum": [(score - low) / max(sum(s - low for s in scores), 1e-9) for score in scores],
        "zmuv": [(score - mean) / max(deviation, 1e-9) for score in scores],
    }[by]


@given(
    st.lists(st.lists(st.integers(-3, 3).map(float), max_size=5), min_size=1, max_size=4),
    st.sampled_from(list(NORMALISATIONS)),
)
def test_normalisations_equal_the_slow_ones(queries, by):
    counts = np.array([len(scores) for scores in queries], np.int64)
    found = normalise(np.array([score for scores in queries for score in scores]), counts, by)
    expected = [score for scores in queries if scores for score in slow_normalised(scores, by)]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)
