import shutil

import numpy as np
import polars as pl
import pytest
from gld_rerank.neighbours import open_neighbours
from gld_rerank.reasons import Reasons, text_lines
from gld_rerank.reranking import Reranking
from gld_shared.store import open_store
from gld_shared.testing import run, small_neighbours, small_store

IDS = [f"i{position:02}" for position in range(6)]


@pytest.fixture
def table(tmp_path):
    """Neighbours of query a: i00 to i03, with scores from 0.9 to 0.1."""
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", IDS, seed=2)
    return small_neighbours(tmp_path / "n.tsv", queries, index, IDS[:4])


def test_a_query_is_explained_by_places_scores_and_the_reasons_of_the_method(table):
    def rank(part):
        rows = np.array([[5, 1, 0, 3, -1]])
        return np.array([[2, 1, 0.5, 0.1, 0]], np.float32), rows

    def reasons(query, rows):
        seen = pl.DataFrame({"inliers": [9, None, 10, 0]})
        return Reasons([f"query {query}: 4 of {len(rows)} pairs were compared"], seen)

    reranking = Reranking(open_neighbours(table), rank, reasons=reasons)
    assert list(reranking.explain("a")) == [
        "query 0: 4 of 4 pairs were compared",
        "rank  index_id   score  was  moved  score_was  inliers",
        "   1  i05       2.0000    -  -              -        9",
        "   2  i01       1.0000    2  0         0.6333        -",
        "   3  i00       0.5000    1  -2        0.9000       10",
        "   4  i03       0.1000    4  0         0.1000        0",
    ]


def test_expand_explains_on_the_command_line(table, tmp_path):
    found = run(["gld-rerank", "expand", table, "-k", "3", "--explain", "a"])
    assert found.exit_code == 0, found.stderr
    *added, head, first, second, third = found.stdout.splitlines()
    assert len(added) == 2 and all(line.startswith("added i0") for line in added)
    rows = [first, second, third]
    assert head.split()[:6] == ["rank", "index_id", "score", "was", "moved", "score_was"]
    again = run(["gld-rerank", "expand", table, "-k", "3"]).stdout.splitlines()[2:]
    assert [row.split()[1] for row in rows] == [row.split("\t")[1] for row in again]
    run(["gld-rerank", "expand", table, "-k", "3", "--explain", "a", "-o", tmp_path / "out.txt"])
    assert (tmp_path / "out.txt").read_text() == found.stdout


def test_a_query_that_is_not_in_the_table_is_named(table):
    result = run(["gld-rerank", "expand", table, "--explain", "z"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {table}: no query 'z'; expected one of its 1, such as 'a'\n"
    result = run(["gld-rerank", "expand", "--explain", "z"], table.read_text())
    assert result.stderr == (
        "Error: standard input: no query 'z'; expected one of its 1, such as 'a'\n"
    )


@pytest.mark.parametrize("method", [["expand"], ["fuse", "-"]])
def test_a_table_without_queries_has_nothing_to_explain(table, tmp_path, method):
    empty = tmp_path / "empty.tsv"
    empty.write_text("".join(table.read_text().splitlines(keepends=True)[:2]))
    text = empty.read_text() if "-" in method else None
    result = run(["gld-rerank", *method, empty, "--explain", "a"], text)
    assert (result.exit_code, result.stdout) == (1, "")
    fault = "standard input: no query 'a', nor has any other table"
    fault = fault if "-" in method else f"{empty}: no query 'a'"
    remedy = "there are no neighbours of any query; search an index with more images"
    assert result.stderr == f"Error: {fault}; {remedy}\n"


@pytest.mark.parametrize("form", ["n.tsv", "n.zarr"])
@pytest.mark.parametrize("side", ["query", "index"])
def test_a_store_that_is_missing_is_named_with_the_neighbours_that_name_it(
    tmp_path, monkeypatch, form, side
):
    monkeypatch.chdir(tmp_path)
    stores = {"query": small_store("q.zarr", ["a"], seed=1)}
    stores["index"] = small_store("i.zarr", IDS, seed=2)
    search = ["gld-search", "q.zarr", "--index", "i.zarr", "-o", form]
    assert run(search).exit_code == 0
    shutil.rmtree(stores[side])
    result = run(["gld-rerank", "expand", form])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {form}: names the {side} store {stores[side]}, which is not found; "
        "bring it back, or run from the folder where the path starts\n"
    )


def test_ids_that_move_the_cursor_are_shown_as_text():
    assert list(text_lines(pl.DataFrame({"id": ["a\x1b[2J"]}))) == ["id", "a\\x1b[2J"]


def test_a_store_that_was_made_again_since_the_search_is_named(tmp_path):
    queries = small_store(tmp_path / "q.zarr", ["a"], seed=1)
    index = small_store(tmp_path / "i.zarr", IDS, seed=2)
    table = tmp_path / "n.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    before = open_store(index).sha256[:12]
    shutil.rmtree(index)
    after = open_store(small_store(index, IDS, seed=3)).sha256[:12]
    result = run(["gld-rerank", "expand", table])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {table}: was made from {index} with sha256 {before}, which now has {after}; "
        "the store has been made again since, so search again\n"
    )
