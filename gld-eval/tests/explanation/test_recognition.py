import json
from pathlib import Path

import numpy as np
import pytest
from gld_eval.explanation.recognition import explain_recognition
from gld_eval.protocols.recognised import Recognised
from gld_shared.testing import run

OFFICIAL = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "gldv2_recognition.json").read_text()
)


@pytest.mark.parametrize("name", ["distinct_scores", "tiny_tie_key_order", "tiny_tie_key_order2"])
def test_each_definition_equals_its_code(name):
    case = OFFICIAL[name]
    images = list(case["solution"])
    predicted = case["predictions"]
    ordered = sorted(predicted, key=lambda image: (-predicted[image]["score"], image))
    found = Recognised(
        np.array([images.index(image) for image in ordered]),
        np.array([predicted[image]["class"] in case["solution"][image] for image in ordered]),
        np.array([bool(case["solution"][image]) for image in images]),
    )
    values = {one.protocol: one.value for one in explain_recognition(found)}
    assert values["gldv2-recognition"] == pytest.approx(case["gap"], abs=1e-12)
    assert values["ignore_non_gt"] == pytest.approx(case["gap_ignore_non_gt"], abs=1e-12)
    if "gap_vector_thaler" in case:
        assert values["vectors"] == pytest.approx(case["gap_vector_thaler"], abs=1e-12)


def test_the_command_explains_gap(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("queries.tsv").write_text(
        "id\tpath\tlandmark\na\ta.jpg\t\nb\tb.jpg\tDome\nc\tc.jpg\tTower\n"
    )
    predictions = "query_id\tlandmark\tconfidence\na\tDome\t0.9\nb\tDome\t0.8\n"
    result = run(["gld-eval", "--truth", "queries.tsv", "--explain"], stdin=predictions)
    assert result.stdout == (
        "gldv2-recognition  gap  0.2500\n"
        "ignore_non_gt      gap  0.5000  +0.2500\n"
        "                   +0.2500  predictions for images without a landmark are skipped, not "
        "wrong (1 query)\n"
        "vectors            gap  0.5000  +0.2500\n"
        "                   +0.2500  divided by the images with a landmark that are predicted, not "
        "by all with a landmark (1 query)\n"
    )
