"""Kaggle's CSV files, scored as the official code scores them."""

import json
from pathlib import Path

import polars as pl
import pytest
from gld_eval.other_formats.kaggle import read_predictions, read_submission
from gld_shared.tables import NEIGHBOURS, TRUTH, write_table
from gld_shared.testing import run

OFFICIAL = json.loads((Path(__file__).parents[1] / "fixtures" / "kaggle_csv.json").read_text())
SOLUTION = "id,images,Usage\nq1,a b,Public\nq2,c,Private\nq3,None,Ignored\n"
REPEATED = "{}: id 'q1' appears twice, first on line 2; expected each once, keep one of the lines"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("truth.csv").write_text(SOLUTION)


def scores(*options: str) -> dict[tuple[str, str], float]:
    command = ["gld-eval", "s.csv", "--truth", "truth.csv", "-q", "--format", "json", *options]
    result = run(command)
    assert result.exit_code == 0, result.stderr
    rows = json.loads(result.stdout)["scores"]
    return {(row["metric"], row["usage"]): row["value"] for row in rows}


def error(submission: str, solution: str = SOLUTION) -> str:
    Path("s.csv").write_text(submission)
    Path("truth.csv").write_text(solution)
    result = run(["gld-eval", "s.csv", "--truth", "truth.csv", "-q"])
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.removeprefix("Error: ").removesuffix("\n")


@pytest.mark.parametrize(
    "case",
    ["normal", "trailing_and_double_space", "repeated_after_empty", "unknown_query_empty"],
)
def test_retrieval_equals_the_official_code(case):
    expected = OFFICIAL[case]
    Path("s.csv").write_text(expected["predictions_csv"])
    Path("truth.csv").write_text(expected["solution_csv"])
    found = scores("-m", "map@100")
    assert found["map@100", "public"] == pytest.approx(expected["public_map"], abs=1e-12)
    assert found["map@100", "private"] == pytest.approx(expected["private_map"], abs=1e-12)


def test_recognition_equals_the_official_code():
    expected = OFFICIAL["recognition"]
    # Its row of an ignored image is malformed, which the official code overlooks.
    Path("s.csv").write_text(expected["predictions_csv"].replace("r4,1 2 3\n", ""))
    Path("truth.csv").write_text(expected["solution_csv"])
    found = scores()
    assert found["gap", "public"] == pytest.approx(expected["public_gap"], abs=1e-12)
    assert found["gap", "private"] == pytest.approx(expected["private_gap"], abs=1e-12)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("repeated_query", REPEATED.format("s.csv:3")),
        ("one_column", "s.csv:2: 1 cell, expected 2: id images"),
        ("bad_usage", "truth.csv:2: Usage is 'Secret', expected Public, Private or Ignored"),
        (
            "recognition_malformed",
            "s.csv:2: landmarks is '7', expected a label and a score: '7 0.9'",
        ),
        (
            "unknown_query",
            "s.csv: 1 of 1 queries are not in truth.csv, for example 'q9'; use the truth of the "
            "same query list (a query without positives appears there with usage ignored)",
        ),
        (
            "public_without_images",
            "truth.csv:2: images is ''; expected ids separated by one space, or Ignored in the "
            "column Usage",
        ),
        (
            "recognition_all_empty_public",
            "truth.csv: no image has a landmark, so there is nothing to score",
        ),
    ],
)
def test_what_the_official_code_cannot_score_is_named(case, message):
    assert error(OFFICIAL[case]["predictions_csv"], OFFICIAL[case]["solution_csv"]) == message


@pytest.mark.parametrize(
    ("submission", "message"),
    [
        ("id,images\n,a\n", "s.csv:2: id is empty"),
        ("id,images\nq1,a\n\nq1,b\n", REPEATED.format("s.csv:4")),
        ("id,images\nq1,a,b\n", "s.csv:2: 3 cells, expected 2: id images"),
        (
            "id,landmarks\nq1,7 0.9\n",
            "s.csv:1: Kaggle's submission (id,landmarks); expected a table of gld, or a TREC run "
            "(query Q0 image rank score tag) or Kaggle's submission (id,images)",
        ),
        (
            SOLUTION,
            "s.csv:1: Kaggle's solution (id,images,Usage); expected a table of gld, or a TREC run "
            "(query Q0 image rank score tag) or Kaggle's submission (id,images)",
        ),
        (
            "query,images\nq1,a\n",
            "s.csv:1: no format begins with 'query,images': a table of gld needs the columns "
            "query_id index_id rank score, separated by tabs; a TREC run (query Q0 image rank "
            "score tag) needs 6 cells, found 1; Kaggle's submission (id,images) needs these "
            "columns in this order",
        ),
    ],
)
def test_a_malformed_submission(submission, message):
    assert error(submission) == message


@pytest.mark.parametrize(
    ("solution", "message"),
    [
        ("id,images,Usage\nq1,a,Public\nq1,b,Private\n", REPEATED.format("truth.csv:3")),
        ("id,images,Usage\nq1,a  b,Public\n",
         "truth.csv:2: images is 'a  b'; expected ids separated by one space, or Ignored in the "
         "column Usage"),
        ("id,images,Usage\nq1,a,Public\nq2,None,Public\n",
         "truth.csv:3: images is 'None'; expected ids separated by one space, or Ignored in the "
         "column Usage"),
        ("id,Usage,images\nq1,Public,a\n",
         "truth.csv:1: no format begins with 'id,Usage,images': a table of gld needs the columns "
         "query_id index_id usage or id path, separated by tabs; TREC qrels (query 0 image "
         "relevance) need 4 cells, found 1; Kaggle's solution (id,images,Usage) needs these "
         "columns in this order; Kaggle's solution (id,landmarks,Usage) needs these columns in "
         "this order"),
        ("id,images,Usage\n", "truth.csv: no query; the file is cut short"),
        ("id,images\nq1,a\n",
         "truth.csv:1: Kaggle's submission (id,images); expected a table of gld, or TREC qrels "
         "(query 0 image relevance) or Kaggle's solution (id,images,Usage) or Kaggle's solution "
         "(id,landmarks,Usage)"),
    ],
)  # fmt: skip
def test_a_malformed_solution(solution, message):
    assert error("id,images\nq1,a\n", solution) == message


def test_recognition_names_its_malformed_rows():
    solution = "id,landmarks,Usage\nr1,5 x,Public\n"
    assert error("id,landmarks\nr1,5 0.5\n", solution) == (
        "truth.csv:2: landmarks is '5 x', expected labels separated by one space"
    )
    assert error("id,landmarks\nr1,5 nan\n", "id,landmarks,Usage\nr1,5,Public\n") == (
        "s.csv:2: landmarks is '5 nan', expected a label and a score: '7 0.9'"
    )
    assert error("id,landmarks\nr1,5 1e400\n", "id,landmarks,Usage\nr1,5,Public\n") == (
        "s.csv:2: landmarks is '5 1e400', beyond the range of 64-bit floats"
    )


def test_a_submission_has_ranks_and_their_inverse_as_scores():
    rows = read_submission(b'"id","images"\r\n"q2","b a"\r\nq1,c\r\n', "s.csv").rows()
    assert rows == [("q2", "b", 1, 1.0), ("q2", "a", 2, 0.5), ("q1", "c", 1, 1.0)]


def test_labels_are_compared_as_numbers():
    assert read_predictions(b"id,landmarks\nr1,007 1e-3\n", "s.csv").rows() == [("r1", "7", 0.001)]


def test_a_submission_comes_through_a_pipe_too_and_is_in_the_history():
    submission = "id,images\nq1,a\nq2,c\n"
    result = run(["gld-eval", "--truth", "truth.csv", "-m", "map@100"], stdin=submission)
    assert result.exit_code == 0
    assert [line.split("\t")[:3] for line in result.stdout.splitlines()[2:]] == [
        ["map@100", "public", "0.5"],
        ["map@100", "private", "1.0"],
        ["map@100", "all", "0.75"],
    ]
    history = json.loads(result.stdout.partition("\n")[0][1:])["history"]
    assert [source["path"] for source in history[-1]["inputs"]] == ["-", "truth.csv"]


@pytest.mark.parametrize("start", [b"", b"id,landmarks\n"])
def test_what_a_failed_disk_left_is_not_read_to_its_end(start):
    with Path("submission.csv").open("wb") as stream:
        stream.write(start)
        stream.truncate(20 << 30)
    Path("solution.csv").write_text("id,landmarks,Usage\nq1,7,Public\n")
    result = run(["gld-eval", "submission.csv", "--truth", "solution.csv"])
    assert result.stderr.splitlines()[-1] == (
        f"Error: submission.csv:{1 + bool(start)}: holds a zero byte, expected text; the file is "
        "damaged, copy or make it again"
    )


def test_names_of_columns_may_be_in_another_case():
    Path("s.csv").write_text("Id,Images\nq1,a\n")
    Path("truth.csv").write_text(SOLUTION.replace("id,images,Usage", "ID,IMAGES,USAGE"))
    assert scores("-m", "map@100")["map@100", "public"] == 0.5


@pytest.mark.parametrize("quoted", ['x"y', "x,y", '"', 'x""y,'])
def test_quotes_and_commas_in_ids_are_those_of_csv(quoted):
    table = {"query_id": ["q"] * 2, "index_id": [quoted, "b"], "rank": [1, 2], "score": [1.0, 0.5]}
    write_table("n.tsv", NEIGHBOURS, pl.DataFrame(table), {"history": []})
    assert run(["gld-lists", "submission", "n.tsv", "-o", "s.csv"]).exit_code == 0
    truth = {"query_id": ["q"] * 2, "index_id": [quoted, "b"], "usage": ["public"] * 2}
    write_table("t.tsv", TRUTH, pl.DataFrame(truth), {"history": []})
    found = run(["gld-eval", "s.csv", "--truth", "t.tsv", "-m", "map@100", "--format", "json"])
    assert json.loads(found.stdout)["scores"][0]["value"] == 1


def test_a_quote_without_its_other_end():
    assert error('id,images\nq1,"a b\nq2,c\n') == (
        "s.csv:2: not CSV: unexpected end of data; make the file again"
    )


RECOGNITION = "id,landmarks,Usage\nq1,7,Public\nq2,8,Public\n"


@pytest.mark.parametrize(
    ("text", "solution"),
    [
        ("id,images\nq1,a b\nq2,c", SOLUTION),
        ("id,landmarks\nq1,7 0.5\nq2,8 1", RECOGNITION),
    ],
)
def test_a_submission_without_a_newline_at_its_end(text, solution):
    assert error(text, solution) == (
        "s.csv:3: no newline at its end, so the file may be cut short; make it again, or end the "
        "line if it is whole"
    )
