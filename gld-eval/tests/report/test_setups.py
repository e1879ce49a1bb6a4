"""Easy, Medium and Hard in the report: results are framed by the first metric's setup."""

import json

import pytest
from gld_shared.testing import run

from ..setups import COMMAND, SETUPS, write_files


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files()


@pytest.mark.parametrize(
    ("setup", "results", "missed", "positives"),
    [
        ("easy", [("x", "right"), ("y", "junk")], [("z", 0)], 2),
        ("medium", [("x", "right"), ("y", "right")], [("z", 0)], 3),
        ("hard", [("x", "junk"), ("y", "right")], [], 1),
    ],
)
def test_the_report_shows_the_setup_of_the_first_metric(
    setup, results, missed, positives, read_report
):
    metric = f"revisitop-{setup}-map"
    assert run([*COMMAND, "-m", metric, *SETUPS, "--report", "r.html"]).exit_code == 0
    report = read_report("r.html")
    query = report.queries["a"]
    assert (query["results"], query["missed"], query["positives"]) == (results, missed, positives)
    assert report.data["value"] == metric
    value = json.loads(run([*COMMAND, "-m", metric, "--per-query", "--format", "json"]).stdout)
    assert query["value"] == pytest.approx(value["queries"][0]["value"], abs=1e-4)
    assert f"Queries by {metric}" in report.text
    assert f"{metric}: area under the precision-recall curve by the trapezoid rule" in report.text
    if setup != "medium":
        assert "junk, or removed by the metric; does not count" in report.text
