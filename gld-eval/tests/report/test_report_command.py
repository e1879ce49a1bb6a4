"""gld-eval --report, as a user calls it."""

import hashlib
import json
from pathlib import Path

import pytest
from gld_shared.testing import run, succeeded

from .commands import PICTURES, SCORED, SHOWN


@pytest.mark.usefixtures("folder")
def test_verdicts_and_missed_positives(read_report):
    succeeded([*SCORED, *PICTURES], quiet=True)
    assert read_report("r.html").queries == {
        "a": {
            "usage": "public",
            "value": 0.25,
            "gain": None,
            "positives": 2,
            "missing": 1,
            "results": [("x", "wrong"), ("y", "right"), ("z", "junk")],
            "missed": [("w", 0)],
        },
        "b": {
            "usage": "private",
            "value": 1.0,
            "gain": None,
            "positives": 1,
            "missing": 0,
            "results": [("z", "right"), ("y", "wrong")],
            "missed": [],
        },
    }


@pytest.mark.usefixtures("folder")
def test_scores_curves_groups_and_provenance_are_shown(read_report):
    succeeded([*SCORED, *PICTURES], quiet=True)
    text = read_report("r.html").text
    for part in (
        "Scores of n.tsv",
        "protocol gldv2-retrieval 2 queries 3 positives",
        "map@100 all 0.6250",
        "Precision and recall by rank",
        "rank precision recall 1 0.5000 0.5000 5 0.2000 0.7500",
        "continent queries mean 95% interval Asia 1 1.0000 Europe 1 0.2500",
        "positives queries mean 95% interval 1 1 1.0000 2 1 0.2500",
        "gld-eval n.tsv --truth t.tsv",
        f"l.tsv {hashlib.sha256(Path('l.tsv').read_bytes()).hexdigest()[:12]}",
    ):
        assert part in text


@pytest.mark.usefixtures("folder")
def test_the_first_metric_asked_for_is_the_headline(read_report):
    succeeded([*SCORED, *PICTURES, "-m", "recall@1", "-m", "map@5"], quiet=True)
    report = read_report("r.html")
    assert report.data["value"] == "recall@1"
    assert {name: query["value"] for name, query in report.queries.items()} == {"a": 0, "b": 1}
    for part in (
        "recall@1: hits up to rank K, divided by all positives.",
        "Queries by recall@1",
        "recall@1 of groups of queries",
        "Asia 1 1.0000 Europe 1 0.0000",
        "recall@1, lowest first",
    ):
        assert part in report.text


@pytest.mark.usefixtures("folder")
def test_the_command_of_the_page_names_the_options_that_make_it(read_report):
    options = [*PICTURES, "--query-images", "photos", "--skip-unreadable", "-j", "1"]
    command = "gld-eval n.tsv --truth t.tsv --report r.html --images photos --query-images photos"
    succeeded([*SCORED, *options, "-o", "s.tsv"], quiet=True)
    text = read_report("r.html").text
    assert f"{command} --list l.tsv --skip-unreadable n.tsv " in text
    header = json.loads(Path("s.tsv").read_text().splitlines()[0][1:])
    assert header["history"][-1]["arguments"] == ["n.tsv", "--truth", "t.tsv"]
    succeeded([*SHOWN, *PICTURES], quiet=True)
    command = "gld-eval n.tsv --report r.html --images photos --list l.tsv n.tsv "
    assert command in read_report("r.html").text


@pytest.mark.usefixtures("folder")
def test_the_queries_that_are_left_out_are_counted(read_report):
    more = "c\t\tignored\t\nd\te\tpublic\tjunk\nf\tz\tpublic\t\n"
    Path("t.tsv").write_text(Path("t.tsv").read_text() + more)
    run(SCORED)
    start = "protocol gldv2-retrieval 3 queries 4 positives 2 queries left out: 1 ignored, "
    assert f"{start}1 without positives Scores" in read_report("r.html").text
    run([*SCORED, "--protocol", "ilias"])
    start = "protocol ilias 2 queries 4 positives 3 queries left out: 1 ignored, "
    expected = f"{start}1 without positives, 1 without neighbours Scores"
    assert expected in read_report("r.html").text


@pytest.mark.usefixtures("folder")
def test_a_single_query_and_a_single_positive(read_report):
    Path("n.tsv").write_text("query_id\tindex_id\trank\tscore\nb\tz\t1\t0.5\n")
    Path("t.tsv").write_text("query_id\tindex_id\tusage\nb\tz\tall\nc\t\tignored\n")
    succeeded([*SCORED, *PICTURES], quiet=True)
    report = read_report("r.html")
    facts = "protocol gldv2-retrieval 1 query 1 positive 1 query left out: 1 ignored Scores"
    assert facts in report.text
    assert "map@100 0.95 to 1.00: 1 query<" in report.html
    assert "groups of queries" not in report.text
    succeeded(SHOWN, quiet=True)
    assert read_report("r.html").text.startswith(
        "Most alike photographs 1 photograph neighbours from n.tsv "
    )


@pytest.mark.usefixtures("folder")
def test_a_baseline_adds_gains_and_orders(read_report):
    succeeded([*SCORED, "--baseline", "b.tsv"], quiet=True)
    report = read_report("r.html")
    assert {name: query["gain"] for name, query in report.queries.items()} == {"a": -0.25, "b": 1}
    assert "value 95% interval against the baseline 95% interval p map@100" in report.text
    assert (
        "map@100 all 0.6250 0.2500 to 1.0000 +0.3750 \N{MINUS SIGN}0.2500 to +1.0000" in report.text
    )
    options = [tags["value"] for tag, tags in report.tags if tag == "option" and "value" in tags]
    assert options == [
        "",
        "lowest",
        "highest",
        "lost",
        "gained",
        "positives",
        "alike",
        "id",
        "table",
    ]
    assert "b.tsv" in report.text.partition("Provenance Each step")[2]


@pytest.mark.usefixtures("folder")
def test_the_scores_are_the_same_bytes_with_and_without_a_report():
    plain = succeeded(["gld-eval", "n.tsv", "--truth", "t.tsv"], quiet=True)
    assert succeeded([*SCORED, *PICTURES, "-j", "1"], quiet=True).stdout == plain.stdout


@pytest.mark.usefixtures("folder")
def test_the_same_inputs_give_the_same_bytes():
    succeeded([*SCORED, *PICTURES], quiet=True)
    first = Path("r.html").read_bytes()
    succeeded([*SCORED, *PICTURES, "-j", "1"], quiet=True)
    assert Path("r.html").read_bytes() == first


@pytest.mark.usefixtures("folder")
def test_without_truth_queries_and_results_are_shown(read_report):
    result = succeeded([*SHOWN, *PICTURES], quiet=True)
    assert result.stdout == ""
    report = read_report("r.html")
    assert report.text.startswith("Most alike photographs 2 photographs neighbours from n.tsv ")
    assert "Photographs and their neighbours rank and score of each neighbour" in report.text
    assert report.data["wording"] == {
        "query": "photograph",
        "queries": "photographs",
        "results": "neighbours",
    }
    assert "quer" not in report.text.lower()
    assert report.queries["b"]["results"] == [("z", "unjudged"), ("y", "unjudged")]
    options = [tags["value"] for tag, tags in report.tags if tag == "option"]
    assert options == ["alike", "id", "table"]
    assert "#scores" not in report.html


@pytest.mark.usefixtures("folder")
def test_neighbours_may_come_through_a_pipe(read_report):
    succeeded(["gld-eval", "--report", "r.html"], stdin=Path("n.tsv").read_text(), quiet=True)
    assert read_report("r.html").text.startswith(
        "Most alike photographs 2 photographs neighbours from standard input "
    )


@pytest.mark.usefixtures("folder")
def test_rankings_and_truth_of_other_programs_have_reports_too(read_report):
    Path("run.txt").write_text("a Q0 x 1 0.9 r\na Q0 y 2 0.8 r\nb Q0 z 1 0.5 r\n")
    Path("qrels.txt").write_text("a 0 y 1\na 0 x 0\nb 0 z 1\n")
    succeeded(["gld-eval", "run.txt", "--truth", "qrels.txt", *SCORED[4:], *PICTURES], quiet=True)
    assert read_report("r.html").queries["a"]["results"] == [("x", "wrong"), ("y", "right")]
    Path("submission.csv").write_text("id,images\na,x y\nb,z\n")
    succeeded(
        ["gld-eval", "submission.csv", "--truth", "t.tsv", *SCORED[4:], *PICTURES], quiet=True
    )
    assert read_report("r.html").queries["a"]["results"] == [("x", "wrong"), ("y", "right")]
