"""Commands that make no report, and what they leave."""

from pathlib import Path

import pytest
from gld_shared.testing import run

from .commands import PICTURES, SCORED, SHOWN, without_report


@pytest.mark.usefixtures("folder")
def test_predictions_of_landmarks_have_no_report():
    Path("p.tsv").write_text("query_id\tlandmark\tconfidence\na\tTower\t0.5\n")
    assert without_report(["gld-eval", "p.tsv", "--truth", "l.tsv", "--report", "r.html"]) == (
        "Error: p.tsv: predictions of landmarks, which show no images; expected neighbours for "
        "--report, so leave it out\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["n.tsv", "--truth", "t.tsv", *PICTURES],
         "--images, --list: only a report shows images; give --report too"),
        (["n.tsv", "--truth", "t.tsv", "--show", "9"],
         "--show: only a report shows images; give --report too"),
        (["n.tsv", "--truth", "t.tsv", "-j", "2", "--image-memory", "9"],
         "-j, --image-memory: only a report shows images; give --report too"),
        ([*SHOWN[1:], "--query-images", "photos"],
         "--query-images: without --images there are no pictures; give it too"),
        ([*SHOWN[1:], "--skip-unreadable"],
         "--skip-unreadable: without --images there are no pictures; give it too"),
        ([*SHOWN[1:], "-o", "s.tsv"],
         "nothing is scored without --truth; leave -o out"),
        ([*SHOWN[1:], "--per-query", "--baseline", "b.tsv"],
         "nothing is scored without --truth; leave --baseline and --per-query out"),
        ([*SHOWN[1:], "-m", "map@10", "--protocol", "trec", "--format", "json"],
         "nothing is scored without --truth; leave --protocol, --metric and --format out"),
        ([*SHOWN[1:], "--verify"], "--verify shows nothing; leave --report out"),
        (["n.tsv"], "Missing option '--truth'. Only --report works without it."),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_options_without_use_are_refused(arguments, message):
    assert without_report(["gld-eval", *arguments], code=2).endswith(f"\nError: {message}\n")


@pytest.mark.usefixtures("folder")
def test_the_report_is_not_written_over_an_input_or_the_scores():
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "--report", "t.tsv"])
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: t.tsv: is also read as --truth, and would be overwritten; name another output\n"
    )
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "--report", "x", "-o", "x"])
    assert result.stderr == ("Error: x: is both --report and -o; give each a name of its own\n")


@pytest.mark.usefixtures("folder")
def test_after_a_failure_the_old_report_is_kept():
    Path("r.html").write_text("old")
    Path("photos/z.jpg").unlink()
    assert run([*SCORED, *PICTURES, "-o", "s.tsv"]).exit_code == 1
    assert Path("r.html").read_text() == "old"
    assert not Path("s.tsv").exists()
    assert not list(Path().glob(".*"))
