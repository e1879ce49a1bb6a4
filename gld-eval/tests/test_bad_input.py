"""Each fault of an input is one line that names file, place, expectation and remedy."""

import os
import pickle
from pathlib import Path

import pytest
from gld_shared.testing import run

COLUMNS = "query_id\tindex_id\trank\tscore\n"
TRUTH = "query_id\tindex_id\tusage\n"
GRADED = "query_id\tindex_id\tusage\tgrade\n"
GOOD = f"{COLUMNS}a\tx\t1\t0.9\n"
GOOD_TRUTH = f"{TRUTH}a\tx\tall\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def error(neighbours, truth, *options):
    Path("n.tsv").write_text(neighbours)
    Path("t.tsv").write_text(truth)
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", *options])
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


@pytest.mark.parametrize(
    ("neighbours", "message"),
    [
        (
            f"{COLUMNS}a\tx\t1\t0.9\na\ty\t3\t0.8\n",
            "n.tsv:3: rank is out of order; a query's ranks are 1, 2, 3 and so on",
        ),
        (
            f"{COLUMNS}a\tx\t1\t0.8\na\ty\t2\t0.9\n",
            "n.tsv:3: score rises within a query; expected best first",
        ),
        (
            f"{COLUMNS}a\tx\t1\t0.9\nb\ty\t1\t0.8\na\tz\t2\t0.5\n",
            "n.tsv:4: rows of a query are not adjacent; sort them",
        ),
        (
            "a\tx\t1\t0.9\n",
            "n.tsv:1: no format begins with 'a\\tx\\t1\\t0.9': a table of gld needs the columns "
            "query_id index_id rank score, separated by tabs; a TREC run (query Q0 image rank "
            "score tag) needs 6 cells, found 4; Kaggle's submission (id,images) needs these "
            "columns in this order",
        ),
        (f"{COLUMNS}a\tx\t1\tnan\n", "n.tsv:2: score is empty or not a number"),
        (
            f"{COLUMNS}a\tx\t1\tinf\na\ty\t2\t1\na\tz\t3\t-1e39\n",
            "n.tsv:4: score is '-1e39', beyond the range of 32-bit floats",
        ),
        (f"{COLUMNS}a\tx\t1\t\n", "n.tsv:2: score is empty or not a number"),
        (f"{COLUMNS}a\tx\t1\t0.9\na\tx\t2\t0.8\n", "n.tsv:3: index_id appears twice in this query"),
        (
            f"{COLUMNS}zz\tx\t1\t0.9\n",
            "n.tsv: 1 of 1 queries are not in t.tsv, for example 'zz'; use the truth of the same "
            "query list (a query without positives appears there with usage ignored)",
        ),
        (
            GOOD.replace("index_id", "image"),
            "n.tsv:1: missing column index_id; a gld-neighbours/1 table has query_id index_id rank "
            "score, separated by tabs",
        ),
        (
            "query_id\tlandmark\tconfidence\na\tDome\t0.9\n",
            "n.tsv:1: missing column index_id, rank, score; a gld-neighbours/1 table has query_id "
            "index_id rank score, separated by tabs",
        ),
    ],
)
def test_neighbours(neighbours, message):
    assert error(neighbours, GOOD_TRUTH) == f"Error: {message}\n"


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        (
            f"{TRUTH}a\tx\tpublic\na\ty\tprivate\n",
            "t.tsv: query 'a' has several usages (public, private); expected one per query",
        ),
        (
            f"{TRUTH}a\tx\tPublic\n",
            "t.tsv:2: usage is not one of public, private, all, ignored",
        ),
        (
            GOOD_TRUTH.replace("index_id", "image"),
            "t.tsv:1: missing column index_id; a gld-truth/1 table has query_id index_id usage, "
            "separated by tabs",
        ),
        (
            GRADED.replace("grade", "Grade") + "a\tx\tall\tjunk\n",
            "t.tsv:1: column 4 is named 'Grade', expected 'grade'; names are compared letter by "
            "letter, so write it so, or give other data another name",
        ),
        (
            f"{GRADED}a\tx\tall\tEasy\n",
            "t.tsv: query 'a' has 'x' with the grade 'Easy'; expected easy, hard, junk, wrong, or "
            "an empty cell for a relevant image without a grade",
        ),
        (
            f"{GRADED}a\tx\tall\teasy\na\ty\tall\t\n",
            "t.tsv: query 'a' has 'y' without a grade; revisitop expects a column grade with easy, "
            "hard or junk in each row",
        ),
        (
            f"{GRADED}a\tx\tall\tjunk\na\tx\tall\teasy\n",
            "t.tsv: query 'a' has 'x' both as junk and as relevant; keep one",
        ),
        (
            f"{TRUTH}a\t\tignored\n",
            "t.tsv: no query has a relevant image, so there is nothing to score; was the truth "
            "made from the lists that were searched?",
        ),
    ],
)
def test_truth(truth, message):
    assert error(GOOD, truth) == f"Error: {message}\n"


def test_a_list_with_landmarks_is_no_truth_for_neighbours():
    truth = "id\tpath\tlandmark\na\ta.jpg\tDome\n"
    assert error(GOOD, truth, "--protocol", "trec") == (
        "Error: t.tsv: landmarks of images, for gldv2-recognition; trec expects pairs of relevant "
        "images, as gld-lists truth writes them\n"
    )


class Runs:
    """Creates a folder as soon as a pickle of it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


def test_a_pickle_that_runs_code_is_refused_before_it_runs():
    Path("n.tsv").write_text(GOOD)
    Path("gnd.pkl").write_bytes(pickle.dumps({"gnd": [], "imlist": [Runs()]}))
    result = run(["gld-eval", "n.tsv", "--truth", "gnd.pkl"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: gnd.pkl: a pickle that holds {os.mkdir.__module__}.mkdir, of which nothing was "
        "run; expected lists, dicts, strings, numbers and numpy arrays of numbers only, as in the "
        "official files\n"
    )
    assert not Path("ran").exists()


def test_predictions_of_other_names_than_the_truths_are_reported():
    Path("p.tsv").write_text("query_id\tlandmark\tconfidence\na\t17\t0.9\n")
    Path("queries.tsv").write_text("id\tpath\tlandmark\na\ta.jpg\tDome\n")
    result = run(["gld-eval", "p.tsv", "--truth", "queries.tsv", "-m", "gap"])
    assert result.stderr == (
        "gld-eval: no predicted landmark, such as '17', is in queries.tsv, which has 'Dome'; were "
        "the same names used?\n"
    )


@pytest.mark.parametrize("queries", [1, 3])
def test_images_of_other_names_than_the_truths_are_reported(queries):
    Path("n.tsv").write_text(COLUMNS + "".join(f"{q}\tx.jpg\t1\t0.9\n" for q in range(queries)))
    Path("t.tsv").write_text(TRUTH + "".join(f"{q}\tx\tall\n" for q in range(queries)))
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "-m", "map@100"])
    assert result.stderr == (
        "gld-eval: no image in n.tsv, such as 'x.jpg', is in t.tsv, which has 'x'; were the same "
        "names used?\n"
    )


def test_an_image_that_is_right_for_another_query_has_a_name_of_the_truth():
    Path("n.tsv").write_text(f"{COLUMNS}a\ty\t1\t0.9\nb\tz\t1\t0.9\n")
    Path("t.tsv").write_text(f"{TRUTH}a\tx\tall\nb\ty\tall\n")
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "-m", "map@100"])
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        (
            "",
            "2 of 2 images with a landmark have no prediction in p.tsv, for example 'a'; each "
            "counts 0",
        ),
        (
            "a\tDome\t0.9\nc\tDome\t0.8\n",
            "1 of 2 images with a landmark have no prediction in p.tsv, for example 'b'; each "
            "counts 0",
        ),
    ],
)
def test_images_without_a_prediction_are_reported(predictions, message):
    Path("p.tsv").write_text("query_id\tlandmark\tconfidence\n" + predictions)
    rows = "a\ta.jpg\tDome\nb\tb.jpg\tBridge\nc\tc.jpg\t\n"
    Path("queries.tsv").write_text("id\tpath\tlandmark\n" + rows)
    result = run(["gld-eval", "p.tsv", "--truth", "queries.tsv", "-m", "gap"])
    assert result.stderr == f"gld-eval: {message}\n"


def test_infinite_scores_are_numbers_like_any_other():
    Path("n.tsv").write_text(f"{COLUMNS}a\tx\t1\tinf\na\ty\t2\t0.5\na\tz\t3\t-Infinity\n")
    Path("t.tsv").write_text(f"{TRUTH}a\ty\tall\n")
    result = run(["gld-eval", "n.tsv", "--truth", "t.tsv", "-m", "map@100"])
    assert result.stdout.splitlines()[-1].startswith("map@100\tall\t0.5")
