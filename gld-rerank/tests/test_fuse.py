"""The command gld-rerank fuse: tables in, one table out."""

import numpy as np
import polars as pl
import pytest
from gld_rerank import fuse
from gld_rerank.fusion import fusion
from gld_shared.errors import DataError
from gld_shared.tables import NEIGHBOURS, read_neighbours, write_table
from gld_shared.testing import refused, run, small_store

IDS = [f"i{row}" for row in range(6)]


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a table of {query: {image: score}}, best first."""
    small_store(tmp_path / "q.zarr", ["a", "b", "c"], seed=1)
    small_store(tmp_path / "i.zarr", IDS, seed=2)
    stores = {"queries": [str(tmp_path / "q.zarr")], "index": [str(tmp_path / "i.zarr")]}

    def write(name, neighbours, header=stores):
        rows = [
            (query, image, rank, score)
            for query, images in neighbours.items()
            for rank, (image, score) in enumerate(images.items(), 1)
        ]
        frame = pl.DataFrame(rows, schema=dict(NEIGHBOURS.columns), orient="row")
        write_table(tmp_path / name, NEIGHBOURS, frame, {**header, "history": []})
        return tmp_path / name

    return write


def fused(tmp_path, *arguments):
    """Return the rows of the fused table as {query: {image: score}}."""
    result = run(["gld-rerank", "fuse", *arguments, "-o", tmp_path / "out.tsv"])
    assert result.exit_code == 0, result.stderr
    rows = read_neighbours(tmp_path / "out.tsv").rows
    return {
        query: dict(rows.filter(query_id=query).select("index_id", "score").iter_rows())
        for query in rows["query_id"].unique(maintain_order=True)
    }


def test_ties_are_in_the_order_of_index_rows(tmp_path, write):
    one = write("one.tsv", {"a": {"i4": 0.9, "i1": 0.5}})
    other = write("other.tsv", {"a": {"i1": 30, "i2": 20}})
    assert fused(tmp_path, one, other, "--by", "rrf") == {
        "a": pytest.approx({"i1": 1 / 61 + 1 / 62, "i4": 1 / 61, "i2": 1 / 62})
    }
    third = write("third.tsv", {"a": {"i3": 1}})
    assert list(fused(tmp_path, one, third, "--by", "rrf")["a"]) == ["i3", "i4", "i1"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"i1": 1, "i4": 1, "i2": 0}),
        (["--by", "sum"], {"i1": 1, "i4": 1, "i2": 0}),
        (["--by", "sum", "--norm", "none"], {"i1": 30.5, "i2": 20, "i4": 1.5}),
        (["--by", "sum", "--weight", "3", "--weight", "1"], {"i4": 3, "i1": 1, "i2": 0}),
        (["--by", "isr"], {"i1": 2.5, "i4": 1, "i2": 0.25}),
        (["--by", "log-isr"], {"i1": np.log(2) * 1.25, "i2": 0, "i4": 0}),
        (["--by", "borda"], {"i1": 5, "i4": 4, "i2": 3}),
        (["--by", "min-rank"], {"i1": 1, "i4": 1, "i2": 0.5}),
        (["--by", "min-rank", "-k", "2"], {"i1": 1, "i4": 1}),
    ],
)
def test_methods(tmp_path, write, options, expected):
    one = write("one.tsv", {"a": {"i4": 1.5, "i1": 0.5}})
    other = write("other.tsv", {"a": {"i1": 30, "i2": 20}})
    found = fused(tmp_path, one, other, *options)["a"]
    assert found == pytest.approx(expected)
    assert list(found) == list(expected)


def test_a_table_without_a_query_has_no_neighbours_for_it(tmp_path, write):
    one = write("one.tsv", {"a": {"i0": 2}, "b": {"i1": 1}})
    other = write("other.tsv", {"c": {"i5": 1}, "b": {"i2": 1}})
    result = run(["gld-rerank", "fuse", one, other])
    assert [line.split("\t")[:2] for line in result.stdout.splitlines()[2:]] == [
        ["a", "i0"], ["b", "i1"], ["b", "i2"], ["c", "i5"]
    ]  # fmt: skip
    assert result.stderr == (
        f"gld-rerank: {one}: has no neighbours for 1 of 3 queries, such as 'c'; "
        "the other tables rank them\n"
        f"gld-rerank: {other}: has no neighbours for 1 of 3 queries, such as 'a'; "
        "the other tables rank them\n"
    )


def test_a_table_from_a_pipe_is_called_standard_input(write):
    one, other = write("one.tsv", {"a": {"i0": 2}}), write("other.tsv", {"b": {"i2": 1}})
    result = run(["gld-rerank", "fuse", one, "-"], other.read_text())
    assert result.stderr == (
        f"gld-rerank: {one}: has no neighbours for 1 of 2 queries, such as 'b'; "
        "the other tables rank them\n"
        "gld-rerank: standard input: has no neighbours for 1 of 2 queries, such as 'a'; "
        "the other tables rank them\n"
    )


def test_an_empty_table_changes_no_order(tmp_path, write):
    one, none = write("one.tsv", {"a": {"i4": 2, "i1": 1}}), write("none.tsv", {})
    for by in ("rrf", "isr", "borda", "min-rank", "sum"):
        assert list(fused(tmp_path, one, none, "--by", by)["a"]) == ["i4", "i1"]
    assert fused(tmp_path, none, none) == {}


def test_the_result_has_the_first_tables_header_and_all_histories(tmp_path, write):
    one = write("one.tsv", {"a": {"i4": 2}})
    small_store(tmp_path / "q2.zarr", ["b", "a"], seed=1)
    small_store(tmp_path / "i2.zarr", IDS[::-1], seed=2)
    stores = {"queries": [str(tmp_path / "q2.zarr")], "index": [str(tmp_path / "i2.zarr")]}
    other = write("other.tsv", {"a": {"i5": 2, "i4": 1}}, {**stores, "weights": [2.0]})
    fused(tmp_path, one, other)
    header = read_neighbours(tmp_path / "out.tsv").header
    assert header["index"] == [str(tmp_path / "i.zarr")] and "weights" not in header
    assert [each["path"] for each in header["history"][-1]["inputs"]] == [str(one), str(other)]
    fused(tmp_path, other, one)
    header = read_neighbours(tmp_path / "out.tsv").header
    assert header["index"] == stores["index"] and header["weights"] == [2.0]


def test_the_fused_table_is_the_same_however_many_queries_are_fused_at_once(
    tmp_path, write, monkeypatch
):
    one = write("one.tsv", {"a": {"i4": 2, "i1": 1}, "b": {"i1": 1}, "c": {"i0": 1, "i1": 0}})
    other = write("other.tsv", {"c": {"i1": 2}, "a": {"i2": 1}})
    together = fused(tmp_path, one, other)
    monkeypatch.setattr(fusion, "_AT_ONCE", 1)
    assert fused(tmp_path, one, other) == together
    assert len(list(fuse([one, other]).blocks())) == 3


def test_standard_input_is_a_table(tmp_path, write):
    one, other = write("one.tsv", {"a": {"i4": 2}}), write("other.tsv", {"a": {"i1": 2}})
    piped = run(["gld-rerank", "fuse", "-", other], one.read_bytes())
    named = run(["gld-rerank", "fuse", one, other])
    assert piped.stdout.splitlines()[1:] == named.stdout.splitlines()[1:]
    assert len(piped.stdout.splitlines()) == 4


def test_explain_shows_ranks_and_scores_in_each_table(tmp_path, write):
    one = write("one.tsv", {"b": {"i0": 1}, "a": {"i4": 3, "i1": 2}})
    other = write("other.tsv", {"a": {"i1": 30}, "b": {"i0": 1}})
    command = ["gld-rerank", "fuse", one, other, "--by", "sum", "--norm", "max", "--explain"]
    assert (
        run([*command, "a"]).stdout
        == f"""\
table 1: {one}
table 2: {other}
rank  index_id   score  rank_1  score_1  rank_2  score_2
   1  i1        1.6667       2   0.6667       1   1.0000
   2  i4        1.0000       1   1.0000       -        -
"""
    )
    assert (
        run([*command, "a", "--weight", "1", "--weight", "0.25"]).stdout
        == f"""\
table 1: {one}, weight 1
table 2: {other}, weight 0.25
rank  index_id   score  rank_1  score_1  rank_2  score_2
   1  i4        1.0000       1   1.0000       -        -
   2  i1        0.9167       2   0.6667       1   1.0000
"""
    )
    wrong = run([*command, "x"])
    assert wrong.stderr == (
        f"Error: {one}: no query 'x', nor has any other table; "
        "expected one of their 2, such as 'b'\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--weight", "1"], "1 weight and 2 tables; expected one --weight for each table, in the "
         "same order"),
        (["--weight", "0", "--weight", "0"], "all weights are 0, so all scores would be; expected "
         "one that is not"),
    ],
)  # fmt: skip
def test_wrong_weights_are_refused(write, options, message):
    one, other = write("one.tsv", {"a": {"i4": 2}}), write("other.tsv", {"a": {"i1": 2}})
    result = run(["gld-rerank", "fuse", one, other, *options])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {message}\n")


def test_the_minimum_rank_has_no_weights(write):
    one, other = write("one.tsv", {"a": {"i4": 2}}), write("other.tsv", {"a": {"i1": 2}})
    tables, weights = [one, other], [1, 2]
    with pytest.raises(DataError) as error:
        fuse(tables, "min-rank", weights=weights)
    assert str(error.value) == "the minimum rank has no --weight; every other method takes one"
    result = run(["gld-rerank", "fuse", *tables, "--by", "min-rank", "--weight", "1"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "Error: --weight is for all but --by min-rank"


def test_wrong_tables_are_refused(tmp_path, write):
    one = write("one.tsv", {"a": {"i4": 2}})

    def message(*tables):
        result = run(["gld-rerank", "fuse", *tables])
        assert (result.exit_code, result.stdout) == (1, "")
        return result.stderr

    assert message(one) == (
        f"Error: {one}: 1 table, expected 2 or more to fuse; - is standard input\n"
    )
    image = write("image.tsv", {"a": {"i1": 2, "x": 1}})
    piped = run(["gld-rerank", "fuse", "-", one], image.read_text())
    assert (piped.exit_code, piped.stdout) == (1, "")
    assert piped.stderr == (
        f"Error: standard input: query 'a', rank 2: 'x' is not in {tmp_path / 'i.zarr'}, which the "
        "header names; the table was edited, or the store made again, so search again\n"
    )
    assert message("-") == (
        "Error: standard input: 1 table, expected 2 or more to fuse; - is standard input\n"
    )
    assert message(image, one) == (
        f"Error: {image}: query 'a', rank 2: 'x' is not in {tmp_path / 'i.zarr'}, which the header "
        "names; the table was edited, or the store made again, so search again\n"
    )
    assert message(one, image) == (
        f"Error: {image}: query 'a', rank 2: 'x' is not in {tmp_path / 'i.zarr'}, the index of "
        f"{one}; tables that are fused rank the same images; name the table with the largest index "
        "first\n"
    )
    query = write("query.tsv", {"a": {"i1": 2}, "x": {"i1": 1}})
    assert message(one, query) == (
        f"Error: {query}: query 'x' is not in {tmp_path / 'q.zarr'}, the queries of {one}; tables "
        "that are fused are of the same queries\n"
    )
    infinite = write("infinite.tsv", {"a": {"i1": np.inf}})
    assert message(one, infinite) == (
        f"Error: {infinite}: query 'a': score inf, expected a finite number; search again\n"
    )
    bare = write("bare.tsv", {"a": {"i1": 1}}, {})
    assert message(bare, one) == (
        f"Error: {bare}:1: the header names no queries stores; "
        "reranking needs a table that gld-search wrote\n"
    )
    rows = fused(tmp_path, one, bare)
    assert list(rows["a"]) == ["i1", "i4"]


def test_a_norm_of_ranks_is_a_usage_error(write):
    one = write("one.tsv", {"a": {"i4": 2}})
    error = refused(["gld-rerank", "fuse", one, one, "--by", "rrf", "--norm", "max"], code=2)
    line = "Error: --norm is for --by sum; --by rrf counts ranks, not scores"
    assert error.splitlines()[-1] == line
