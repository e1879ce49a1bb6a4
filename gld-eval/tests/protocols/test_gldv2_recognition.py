import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_eval.protocols.gldv2_recognition import influence_on_gap
from gld_eval.protocols.recognised import Recognised
from gld_eval.recognition import recognise
from gld_eval.statistics.summary import summarise
from gld_shared.errors import DataError
from gld_shared.tables import Table
from gld_shared.testing import run, truth_of

OFFICIAL = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "gldv2_recognition.json").read_text()
)


def predictions_of(predicted):
    rows = [(image, str(one["class"]), one["score"]) for image, one in predicted.items()]
    schema = {"query_id": pl.String, "landmark": pl.String, "confidence": pl.Float64}
    return Table(pl.DataFrame(rows, schema, orient="row"), path="p.tsv")


def solution_of(solution, usage=lambda image: "all"):
    return truth_of(
        [
            (image, str(landmark), usage(image))
            for image, landmarks in solution.items()
            for landmark in landmarks or [""]
        ]
    )


def scores(predicted, solution):
    table = summarise(recognise(predictions_of(predicted), solution_of(solution)))
    return dict(zip(table["metric"], table["value"], strict=True))


@pytest.mark.parametrize(
    "name",
    ["distinct_scores", "tied_scores", "tiny_tie_key_order", "tiny_tie_key_order2",
     "no_predictions"],
)  # fmt: skip
def test_equals_the_official_code(name):
    case = OFFICIAL[name]
    found = scores(case["predictions"], case["solution"])
    assert found == pytest.approx({"gap": case["gap"], "top1": case["top1"]}, abs=1e-12)


def test_usages_are_ranked_apart():
    case = OFFICIAL["distinct_scores"]

    def usage(image):
        return "public" if int(image[1:]) % 3 == 0 else "private"

    truth = solution_of(case["solution"], usage)
    table = summarise(recognise(predictions_of(case["predictions"]), truth))
    found = {(metric, of): value for metric, of, value, *_ in table.rows()}
    for of in ("public", "private"):
        alone = scores(
            {image: one for image, one in case["predictions"].items() if usage(image) == of},
            {image: ids for image, ids in case["solution"].items() if usage(image) == of},
        )
        assert found["gap", of] == pytest.approx(alone["gap"], abs=1e-12)
    assert found["gap", "all"] == pytest.approx(case["gap"], abs=1e-12)


def test_an_unknown_image_is_refused_where_the_official_code_raises_a_key_error():
    case = OFFICIAL["key_not_in_solution"]
    with pytest.raises(DataError) as caught:
        scores(case["predictions"], case["solution"])
    assert str(caught.value) == (
        "p.tsv: 1 of 1 images are not in t.tsv, for example 'zz'; use the truth of the same images"
    )


def test_a_truth_without_landmarks_is_refused_where_the_official_code_divides_by_zero():
    case = OFFICIAL["no_gt_at_all"]
    with pytest.raises(DataError) as caught:
        scores(case["predictions"], case["solution"])
    assert str(caught.value) == "t.tsv: no image has a landmark, so there is nothing to score"


def test_predictions_for_ignored_images_are_skipped():
    truth = truth_of([("a", "1", "public"), ("b", "", "ignored")])
    found = recognise(
        predictions_of({"b": {"class": 9, "score": 1}, "a": {"class": 1, "score": 0}}), truth
    )
    assert found.values["gap"].tolist() == [1.0]


def gap(right, has_landmark, weights):
    """Compute GAP of images that count ``weights`` times, in the order of their predictions."""
    hits, seen = np.cumsum(weights * right), np.cumsum(weights)
    return (weights * right * hits / seen).sum() / (weights * has_landmark).sum()


def test_the_influence_of_each_image_is_the_derivative_of_gap():
    generator = np.random.default_rng(0)
    has_landmark = generator.random(40) < 0.7
    right = has_landmark & (generator.random(40) < 0.6)
    influence = influence_on_gap(Recognised(np.arange(40), right, has_landmark))
    whole, step = gap(right, has_landmark, np.ones(40)), 1e-6
    for image in range(40):
        higher, lower = np.ones(40), np.ones(40)
        higher[image] += step
        lower[image] -= step
        rise = gap(right, has_landmark, higher) - gap(right, has_landmark, lower)
        assert influence[image] == pytest.approx(whole + 40 * rise / (2 * step), abs=1e-6)
    assert influence.mean() == pytest.approx(whole, abs=1e-12)


def test_the_interval_is_that_of_gap_on_images_drawn_again():
    generator = np.random.default_rng(1)
    n = 400
    right = generator.random(n) < np.linspace(0.95, 0.1, n)
    images = {f"q{row:03}": {"class": 1, "score": 1 - row / n} for row in range(n)}
    solution = {image: [1 if right[row] else 2] for row, image in enumerate(images)}
    row = summarise(recognise(predictions_of(images), solution_of(solution))).row(0, named=True)
    drawn = [
        gap(right, np.ones(n), np.bincount(generator.integers(0, n, n), minlength=n).clip(1e-12))
        for _ in range(4000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.01)
    assert row["high"] - row["low"] == pytest.approx(high - low, rel=0.06)


PREDICTIONS = "query_id\tlandmark\tconfidence\na\tTower\t0.9\nb\tDome\t0.8\nc\tDome\t0.5\n"
IMAGES = "id\tpath\tlandmark\na\ta.jpg\tDome\nb\tb.jpg\tDome\nc\tc.jpg\t\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("queries.tsv").write_text(IMAGES)


@pytest.mark.usefixtures("folder")
def test_a_list_as_truth_scores_predictions_from_a_pipe():
    result = run(["gld-eval", "--truth", "queries.tsv"], stdin=PREDICTIONS)
    header, _, *rows = result.stdout.splitlines()
    assert json.loads(header[1:])["protocol"] == "gldv2-recognition"
    assert [row.split("\t")[:3] for row in rows] == [["gap", "all", "0.25"], ["top1", "all", "0.5"]]


@pytest.mark.usefixtures("folder")
def test_pairs_of_images_and_landmarks_score_predictions_if_the_protocol_is_named():
    Path("truth.tsv").write_text("query_id\tindex_id\tusage\na\tTower\tall\nb\tX\tall\nc\tX\tall\n")
    command = ["gld-eval", "--truth", "truth.tsv", "--protocol", "gldv2-recognition", "-m", "gap"]
    rows = run(command, stdin=PREDICTIONS).stdout.splitlines()[2:]
    assert [row.split("\t")[:3] for row in rows] == [["gap", "all", str(1 / 3)]]


@pytest.mark.usefixtures("folder")
def test_neighbours_in_place_of_predictions_are_refused():
    ranking = "query_id\tindex_id\trank\tscore\na\tx\t1\t0.9\n"
    result = run(["gld-eval", "--truth", "queries.tsv"], stdin=ranking)
    assert result.stderr == (
        "Error: standard input:1: missing column landmark, confidence; a gld-predictions/1 table "
        "has query_id landmark confidence, separated by tabs\n"
    )


@pytest.mark.usefixtures("folder")
def test_a_list_without_landmarks_is_refused():
    Path("queries.tsv").write_text("id\tpath\na\ta.jpg\n")
    result = run(["gld-eval", "--truth", "queries.tsv"], stdin=PREDICTIONS)
    assert result.stderr == (
        "Error: queries.tsv: no landmark and no label; expected the list of the queries with "
        "their landmarks, or a table of relevant pairs\n"
    )
