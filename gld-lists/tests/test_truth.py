"""gld-lists truth: relevant pairs from labels and from the solution."""

import polars as pl
import pytest
from gld_lists.truth import truth_from_labels
from gld_shared.errors import DataError
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run

SOLUTION = 'id,images,Usage\nq1,"b a",Public\nq2,None,Ignored\nq3,c,Private\nq4,,Ignored\n'


def a_list(rows, key="label"):
    return pl.DataFrame(
        {"id": [row[0] for row in rows], "path": "x.jpg", key: [row[1] for row in rows]}
    )


def test_pairs_that_share_a_label():
    queries = a_list([("q1", 1), ("q2", 0), ("q3", None), ("q4", 7)])
    index = a_list([("a", 0), ("b", 1), ("q2", 0), ("c", 1), ("d", None)])
    assert truth_from_labels(queries, index).rows() == [
        ("q1", "b", "all"),
        ("q1", "c", "all"),
        ("q2", "a", "all"),
        ("q3", "", "ignored"),
        ("q4", "", "ignored"),
    ]


def test_names_take_precedence_over_labels():
    queries = a_list([("q", 0)]).with_columns(landmark=pl.lit("Rome"))
    index = a_list([("a", 0), ("b", 1)]).with_columns(landmark=pl.Series(["Paris", "Rome"]))
    assert truth_from_labels(queries, index).rows() == [("q", "b", "all")]


def test_an_image_with_two_landmarks_matches_by_either_and_once():
    queries = a_list([("q", 0), ("q", 1)])
    index = a_list([("a", 1), ("b", 0), ("b", 1), ("c", 2)])
    assert truth_from_labels(queries, index).rows() == [("q", "a", "all"), ("q", "b", "all")]


def test_equals_a_loop_over_all_pairs():
    queries = a_list([(f"q{number}", number % 7) for number in range(20)])
    index = a_list([(f"i{number}", number * 3 % 8) for number in range(50)])
    slow = [
        (query, image, "all")
        for query, label in queries.select("id", "label").rows()
        for image, other in index.select("id", "label").rows()
        if label == other
    ]
    assert truth_from_labels(queries, index).rows() == slow


def test_lists_without_labels():
    with pytest.raises(DataError) as error:
        truth_from_labels(a_list([("q", 0)]), a_list([("a", None)]))
    assert str(error.value) == (
        "index: no landmark or label in common use; expected lists with the same column filled"
    )


def lines(*arguments, stdin=""):
    result = run(["gld-lists", *arguments], stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_truth_from_two_lists(tmp_path):
    for name, rows in (("q", [("q1", 0)]), ("i", [("a", 0), ("b", 1)])):
        write_table(tmp_path / f"{name}.tsv", LIST, a_list(rows), {"history": []})
    found = lines("truth", "--queries", tmp_path / "q.tsv", "--index", tmp_path / "i.tsv")
    assert found[1:] == ["query_id\tindex_id\tusage", "q1\ta\tall"]


def test_truth_from_the_solution(tmp_path):
    path = tmp_path / "solution.csv"
    path.write_text(SOLUTION)
    assert lines("truth", "--solution", path)[1:] == [
        "query_id\tindex_id\tusage",
        "q1\tb\tpublic",
        "q1\ta\tpublic",
        "q2\t\tignored",
        "q3\tc\tprivate",
        "q4\t\tignored",
    ]


@pytest.mark.parametrize(
    "arguments", [[], ["--queries", "q.tsv"], ["--solution", "s.csv", "--index", "i.tsv"]]
)
def test_truth_needs_one_source(arguments):
    result = run(["gld-lists", "truth", *arguments])
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: give --queries and --index, or --solution\n")


def test_a_missing_solution_is_named(tmp_path):
    result = run(["gld-lists", "truth", "--solution", tmp_path / "s.csv"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {tmp_path}/s.csv: missing; expected a CSV file with id,images,Usage\n"
    )
