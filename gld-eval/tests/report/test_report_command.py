"""gld-eval --report, as a user calls it."""

import base64
import hashlib
import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from gld_shared.files import sha256
from gld_shared.store import write_store
from gld_shared.testing import program, run, small_image, small_list
from PIL import Image

SCORED = ["gld-eval", "n.tsv", "--truth", "t.tsv", "--report", "r.html"]
SHOWN = ["gld-eval", "n.tsv", "--report", "r.html"]
PICTURES = ["--images", "photos", "--list", "l.tsv"]


def succeeded(arguments, **options):
    result = run(arguments, **options)
    assert (result.exit_code, result.stderr) == (0, "")
    return result


def refused(arguments, code=1):
    result = run(arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert not Path("r.html").exists()
    return result.stderr


@pytest.mark.usefixtures("folder")
def test_verdicts_and_missed_positives(read_report):
    succeeded([*SCORED, *PICTURES])
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
def test_pictures_are_small_webp_of_the_listed_images(read_report):
    succeeded([*SCORED, *PICTURES])
    images = {image[0]: image for image in read_report("r.html").data["images"]}
    assert set(images) == set("abxyzw")
    assert images["a"][1:4] == ["Tower", "FR", "Europe"]
    for *_, picture in images.values():
        opened = Image.open(io.BytesIO(base64.b64decode(picture)))
        assert (opened.format, opened.size) == ("WEBP", (96, 72))


@pytest.mark.usefixtures("folder")
def test_scores_curves_groups_and_provenance_are_shown(read_report):
    succeeded([*SCORED, *PICTURES])
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
    succeeded([*SCORED, *PICTURES, "-m", "recall@1", "-m", "map@5"])
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
    succeeded([*SCORED, *options, "-o", "s.tsv"])
    text = read_report("r.html").text
    assert f"{command} --list l.tsv --skip-unreadable n.tsv " in text
    header = json.loads(Path("s.tsv").read_text().splitlines()[0][1:])
    assert header["history"][-1]["arguments"] == ["n.tsv", "--truth", "t.tsv"]
    succeeded([*SHOWN, *PICTURES])
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
    succeeded([*SCORED, *PICTURES])
    report = read_report("r.html")
    facts = "protocol gldv2-retrieval 1 query 1 positive 1 query left out: 1 ignored Scores"
    assert facts in report.text
    assert "map@100 0.95 to 1.00: 1 query<" in report.html
    assert "groups of queries" not in report.text
    succeeded(SHOWN)
    assert read_report("r.html").text.startswith("Neighbours of n.tsv 1 query nothing is scored")


@pytest.mark.usefixtures("folder")
def test_a_baseline_adds_gains_and_orders(read_report):
    succeeded([*SCORED, "--baseline", "b.tsv"])
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
def test_predictions_of_landmarks_have_no_report():
    Path("p.tsv").write_text("query_id\tlandmark\tconfidence\na\tTower\t0.5\n")
    assert refused(["gld-eval", "p.tsv", "--truth", "l.tsv", "--report", "r.html"]) == (
        "Error: p.tsv: predictions of landmarks, which show no images; expected neighbours for "
        "--report, so leave it out\n"
    )


@pytest.mark.usefixtures("folder")
def test_the_scores_are_the_same_bytes_with_and_without_a_report():
    plain = succeeded(["gld-eval", "n.tsv", "--truth", "t.tsv"])
    assert succeeded([*SCORED, *PICTURES, "-j", "1"]).stdout == plain.stdout


@pytest.mark.usefixtures("folder")
def test_the_same_inputs_give_the_same_bytes():
    succeeded([*SCORED, *PICTURES])
    first = Path("r.html").read_bytes()
    succeeded([*SCORED, *PICTURES, "-j", "1"])
    assert Path("r.html").read_bytes() == first


@pytest.mark.usefixtures("folder")
def test_without_images_a_report_has_no_pictures(read_report):
    succeeded(SCORED)
    report = read_report("r.html")
    assert {image[-1] for image in report.data["images"]} == {""}
    assert "continent" not in report.text
    succeeded([*SCORED, "--list", "l.tsv"])
    report = read_report("r.html")
    assert {image[-1] for image in report.data["images"]} == {""}
    assert "continent" in report.text


@pytest.mark.usefixtures("folder")
def test_without_truth_queries_and_results_are_shown(read_report):
    result = succeeded([*SHOWN, *PICTURES])
    assert result.stdout == ""
    report = read_report("r.html")
    assert report.text.startswith("Neighbours of n.tsv 2 queries nothing is scored")
    assert report.queries["b"]["results"] == [("z", "unjudged"), ("y", "unjudged")]
    options = [tags["value"] for tag, tags in report.tags if tag == "option"]
    assert options == ["alike", "id", "table"]
    assert "#scores" not in report.html


@pytest.mark.usefixtures("folder")
def test_neighbours_may_come_through_a_pipe(read_report):
    succeeded(["gld-eval", "--report", "r.html"], stdin=Path("n.tsv").read_text())
    assert read_report("r.html").text.startswith("Neighbours of standard input")


@pytest.mark.usefixtures("folder")
def test_rankings_and_truth_of_other_programs_have_reports_too(read_report):
    Path("run.txt").write_text("a Q0 x 1 0.9 r\na Q0 y 2 0.8 r\nb Q0 z 1 0.5 r\n")
    Path("qrels.txt").write_text("a 0 y 1\na 0 x 0\nb 0 z 1\n")
    succeeded(["gld-eval", "run.txt", "--truth", "qrels.txt", *SCORED[4:], *PICTURES])
    assert read_report("r.html").queries["a"]["results"] == [("x", "wrong"), ("y", "right")]
    Path("submission.csv").write_text("id,images\na,x y\nb,z\n")
    succeeded(["gld-eval", "submission.csv", "--truth", "t.tsv", *SCORED[4:], *PICTURES])
    assert read_report("r.html").queries["a"]["results"] == [("x", "wrong"), ("y", "right")]


@pytest.mark.usefixtures("folder")
def test_lists_are_those_that_the_stores_were_made_from(read_report):
    lists = {name: small_list(Path(f"{name}.tsv"), ids) for name, ids in LISTS.items()}
    for name, path in lists.items():
        store_of(path, LISTS[name])
    header = {"format": "gld-neighbours/1", "queries": ["q.zarr"], "index": ["i.zarr"]}
    text = f"#{json.dumps(header)}\n{Path('n.tsv').read_text()}"
    Path("n.tsv").write_text(text)
    succeeded([*SCORED, "--images", "photos"])
    assert all(image[-1] for image in read_report("r.html").data["images"])
    Path("r.html").unlink()
    lists["i"].unlink()
    assert refused([*SCORED, "--images", "photos"]) == (
        "Error: i.tsv: cannot be read: No such file or directory; i.zarr was made from it, so "
        "restore it, or name the lists of queries and index with --list\n"
    )
    small_list(lists["i"], ["x"])
    assert refused([*SCORED, "--images", "photos"]) == (
        "Error: i.tsv: has changed since i.zarr was made from it; restore it, or name a list of "
        "the same images with --list\n"
    )


LISTS = {"q": ["a", "b"], "i": ["x", "y", "z", "w"]}


def store_of(listed, ids):
    """Write the store of a list, beside it."""
    entry = {"path": str(listed), "sha256": sha256(listed)}
    attributes = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}
    write_store(
        listed.with_suffix(".zarr"),
        ids,
        np.eye(len(ids), 8),
        {**attributes, "list": entry},
        dtype="float32",
    )


@pytest.mark.usefixtures("folder")
def test_images_of_neighbours_without_stores_need_lists():
    assert refused([*SHOWN, "--images", "photos"]) == (
        "Error: n.tsv: names no stores, so the images' paths are unknown; name the lists of "
        "queries and index with --list\n"
    )


@pytest.mark.usefixtures("folder")
def test_images_that_are_not_listed_are_named(read_report):
    lines = Path("l.tsv").read_text().splitlines(keepends=True)
    Path("l.tsv").write_text("".join(line for line in lines if not line.startswith(("x", "z"))))
    assert refused([*SHOWN, *PICTURES]) == (
        "Error: l.tsv: 2 of the report's 5 images are not listed, for example 'x'; name the lists "
        "of both queries and index with --list\n"
    )
    # A positive that was missed need not be in the index.
    Path("l.tsv").write_text("".join(line for line in lines if not line.startswith("w")))
    succeeded([*SCORED, *PICTURES])
    pictures = {image[0]: image[-1] for image in read_report("r.html").data["images"]}
    assert [name for name, picture in pictures.items() if not picture] == ["w"]


@pytest.mark.usefixtures("folder")
def test_an_unreadable_image_is_named_or_skipped(read_report):
    Path("photos/z.jpg").write_bytes(b"none")
    message = "photos/z.jpg: not an image in a known format (JPEG, PNG, HEIC, GIF, ...) (id z)"
    assert refused([*SCORED, *PICTURES]) == (
        f"Error: {message}; --skip-unreadable leaves such images out\n"
    )
    result = run([*SCORED, *PICTURES, "--skip-unreadable"])
    assert result.exit_code == 0
    assert result.stderr == (
        f"gld-eval: left out: {message}\ngld-eval: 1 of 6 images have no picture in the report\n"
    )
    assert [image[0] for image in read_report("r.html").data["images"] if not image[-1]] == ["z"]


@pytest.mark.usefixtures("folder")
def test_queries_may_have_a_source_of_their_own(read_report):
    for name in "ab":
        small_image(Path("others") / f"{name}.jpg", 9, (30, 40))
        Path(f"photos/{name}.jpg").unlink()
    succeeded([*SCORED, *PICTURES, "--query-images", "others"])
    for name, *_, picture in read_report("r.html").data["images"]:
        size = Image.open(io.BytesIO(base64.b64decode(picture))).size
        assert size == ((30, 40) if name in "ab" else (96, 72))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["n.tsv", "--truth", "t.tsv", *PICTURES],
         "--images, --list: only a report shows images; give --report too"),
        ([*SHOWN[1:], "--query-images", "photos"],
         "--query-images: without --images there are no pictures; give it too"),
        ([*SHOWN[1:], "--skip-unreadable"],
         "--skip-unreadable: without --images there are no pictures; give it too"),
        ([*SHOWN[1:], "-o", "s.tsv"],
         "nothing is scored without --truth; leave -o out"),
        ([*SHOWN[1:], "--per-query", "--baseline", "b.tsv"],
         "nothing is scored without --truth; leave --baseline and --per-query out"),
        ([*SHOWN[1:], "-m", "map@10", "--protocol", "trec", "--format", "json"],
         "nothing is scored without --truth; leave --protocol and --metric and --format out"),
        ([*SHOWN[1:], "--verify"], "--verify shows nothing; leave --report out"),
        (["n.tsv"], "Missing option '--truth'. Only --report works without it."),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_options_without_use_are_refused(arguments, message):
    assert refused(["gld-eval", *arguments], 2).endswith(f"\nError: {message}\n")


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


WITHOUT_DECODERS = """
import sys
sys.modules |= {"PIL": None, "cv2": None, "simplejpeg": None, "torch": None}
from gld_eval.cli import main
main(sys.argv[1:])
"""


@pytest.mark.usefixtures("folder")
def test_only_pictures_need_the_packages_that_read_images():
    command = [program("python"), "-c", WITHOUT_DECODERS, *SCORED[1:]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*command, *PICTURES], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: --images: the packages that read images are not installed (import of PIL halted; "
        "None in sys.modules); pip install 'gld-eval[images]'\n"
    )
