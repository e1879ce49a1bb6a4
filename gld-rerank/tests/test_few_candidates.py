"""Tables with fewer neighbours than a method uses."""

import pytest
from gld_shared.testing import run, small_store

IDS = [f"i{row:02}" for row in range(40)]


@pytest.fixture
def table(tmp_path):
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", IDS, seed=2)
    result = run(["gld-search", queries, "--index", index, "-k", 2, "-o", tmp_path / "n.tsv"])
    assert result.exit_code == 0, result.stderr
    return tmp_path / "n.tsv"


@pytest.mark.parametrize(
    ("method", "option", "count", "searched"),
    [
        ("superglobal", "--top", 30, 100),
        ("superglobal", "--top", 300, 300),
        ("expand", "--top", 3, 100),
        ("diffuse", "--top", 30, 100),
        ("explore", "--graph-k", 10, 100),
    ],
)
def test_a_warning_says_what_is_missing(table, method, option, count, searched):
    result = run(["gld-rerank", method, table, option, count])
    assert result.exit_code == 0
    assert result.stderr == (
        f"gld-rerank: {table}: has at most 2 neighbours of a query, fewer than {option} {count}; "
        f"search again with -k {searched}\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [["superglobal", "--top", "2"], ["expand"], ["diffuse", "--top", "2"], ["explore", "-q"]],
)
def test_enough_candidates_give_no_warning(table, arguments):
    result = run(["gld-rerank", arguments[0], table, *arguments[1:]])
    assert (result.exit_code, result.stderr) == (0, "")


def test_nor_do_all_images_of_a_small_index(tmp_path):
    queries = small_store(tmp_path / "q.zarr", ["a", "i01"], seed=1)
    index = small_store(tmp_path / "i.zarr", IDS[:3], seed=2)
    search = run(["gld-search", queries, "--index", index, "-o", tmp_path / "n.tsv"])
    assert search.exit_code == 0, search.stderr
    result = run(["gld-rerank", "superglobal", tmp_path / "n.tsv"])
    assert (result.exit_code, result.stderr) == (0, "")
