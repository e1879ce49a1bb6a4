"""Reranks written as Zarr hold what their tables hold, and resume."""

import subprocess
import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from gld_rerank.neighbours import open_neighbours
from gld_rerank.reranking import Reranking
from gld_rerank.to_zarr import rerank_to_zarr
from gld_shared.errors import DataError
from gld_shared.neighbours import open_arrays, open_ranking
from gld_shared.sha256 import sha256
from gld_shared.tables import NEIGHBOURS, TRUTH, read_neighbours, write_table
from gld_shared.testing import program, run, small_list, small_store

QUERIES = [f"q{number}" for number in range(1100)]  # 3 units
IMAGES = [f"i{number:02}" for number in range(60)]


def done(*arguments):
    result = run(arguments)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def refused(*arguments):
    result = run(arguments)
    assert result.exit_code
    return result.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Neighbours of 1,100 queries and of 20, in both forms, and references with labels."""
    folder = tmp_path_factory.mktemp("searched")
    index = small_store(folder / "i.zarr", [*IMAGES, "q3"], seed=2)
    for name, queries in (("n", QUERIES), ("few", QUERIES[:20])):
        store = small_store(folder / f"{name}-queries.zarr", queries, seed=1)
        for form in ("tsv", "zarr"):
            done("gld-search", store, "--index", index, "-k", "25", "-o", folder / f"{name}.{form}")
    small_store(folder / "r.zarr", IMAGES, seed=3)
    small_list(folder / "l.tsv", IMAGES)
    return folder


def rows_of_arrays(path):
    with open_ranking(path) as ranking:
        return pl.concat(ranking.blocks())


@pytest.mark.parametrize("source", ["few.tsv", "few.zarr"])
@pytest.mark.parametrize(
    ("options", "k", "width"),
    [
        (["expand", "--rounds", "2"], 100, 61),
        (["expand", "-k", "7"], 7, 7),
        (["superglobal", "--top", "10"], 25, 25),
        (["reciprocal", "-k", "9"], 9, 9),
        (["reciprocal", "--whole"], 100, 61),
        (["diffuse"], 100, 61),
        (["explore"], 100, 61),
        (["propagate"], 100, 61),
        (["landmark", "--reference", "r.zarr", "--labels", "l.tsv"], 100, 61),
        (["fuse", "few.zarr", "--by", "sum"], 100, 61),
    ],
)
def test_table_and_zarr_hold_the_same(folder, tmp_path, monkeypatch, source, options, k, width):
    monkeypatch.chdir(folder)
    method, *more = options
    done("gld-rerank", method, source, *more, "-o", tmp_path / "x.tsv")
    done("gld-rerank", method, source, *more, "-o", tmp_path / "x.zarr")
    table, arrays = read_neighbours(tmp_path / "x.tsv"), open_arrays(tmp_path / "x.zarr")
    assert rows_of_arrays(tmp_path / "x.zarr").equals(table.rows)
    assert (arrays.n, arrays.k, arrays.header["k"]) == (20, width, k)
    assert arrays.header["rerank"]["method"] == method
    of_table = {key: arrays.header[key] for key in table.header if key != "format"}
    assert of_table == {key: table.header[key] for key in of_table}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tsv", "x.zarr"]


def test_the_settings_are_attributes(folder, tmp_path):
    options = ("--top", "3", "--refine", "4", "-o", tmp_path / "x.zarr")
    done("gld-rerank", "superglobal", folder / "few.tsv", *options)
    header = open_arrays(tmp_path / "x.zarr").header
    assert header["rerank"] == {"method": "superglobal", "top": 3, "refine": 4, "beta": 0.15}


@pytest.mark.parametrize("order", ["in order", "shuffled"])
@pytest.mark.parametrize("line", ["expand {}", "fuse {} n.zarr", "fuse n.zarr {}"])
def test_queries_that_are_some_of_the_store_in_any_order(
    folder, tmp_path, monkeypatch, order, line
):
    monkeypatch.chdir(folder)
    table = read_neighbours("n.tsv")
    random = np.random.default_rng(0)
    chosen = random.permutation(1100)[:700]
    chosen = np.sort(chosen) if order == "in order" else chosen
    groups = table.rows.partition_by("query_id", as_dict=True)
    rows = pl.concat([groups[(QUERIES[number],)] for number in chosen.tolist()])
    write_table(tmp_path / "some.tsv", NEIGHBOURS, rows, table.header)
    # Quiet: fuse warns about queries that a table lacks.
    command = ("gld-rerank", *line.format(tmp_path / "some.tsv").split(), "-q", "-k", "5", "-o")
    done(*command, tmp_path / "x.tsv")
    done(*command, tmp_path / "x.zarr")
    place = pl.col("query_id").str.slice(1).cast(pl.Int64)
    expected = read_neighbours(tmp_path / "x.tsv").rows.sort(place, "rank")
    assert rows_of_arrays(tmp_path / "x.zarr").equals(expected)
    assert open_arrays(tmp_path / "x.zarr").n == 1100


def test_a_table_without_rows(folder, tmp_path):
    table = read_neighbours(folder / "few.tsv")
    write_table(tmp_path / "none.tsv", NEIGHBOURS, table.rows.clear(), table.header)
    done("gld-rerank", "expand", tmp_path / "none.tsv", "-o", tmp_path / "x.zarr")
    rows, scores = open_arrays(tmp_path / "x.zarr").read(slice(0, 20))
    assert (rows == -1).all() and not scores.any()


def test_landmark_expand_and_eval(folder, tmp_path):
    pairs = [(query, image, "all") for query in QUERIES[:20] for image in IMAGES[::7]]
    columns = ["query_id", "index_id", "usage"]
    rows = pl.DataFrame(pairs, schema=columns, orient="row")
    write_table(tmp_path / "t.tsv", TRUTH, rows, {"history": []})
    landmark = ("--reference", folder / "r.zarr", "--labels", folder / "l.tsv")
    for form in ("tsv", "zarr"):
        first, second = tmp_path / f"first.{form}", tmp_path / f"second.{form}"
        done("gld-rerank", "landmark", folder / "few.tsv", *landmark, "-o", first)
        done("gld-rerank", "expand", first, "-o", second)
    table, arrays = (
        done("gld-eval", tmp_path / f"second.{form}", "--truth", tmp_path / "t.tsv")
        for form in ("tsv", "zarr")
    )
    assert table.splitlines()[1:] == arrays.splitlines()[1:] and "map@100" in table
    history = open_arrays(tmp_path / "second.zarr").history
    steps = [(step["tool"], step["arguments"][:1]) for step in history[-2:]]
    assert steps == [("gld-rerank", ["landmark"]), ("gld-rerank", ["expand"])]


class Fallen(Exception):
    """Ends a rerank."""


def test_an_interrupted_rerank_ranks_only_what_is_missing(folder, tmp_path):
    found = open_neighbours(folder / "n.tsv")
    parts = []

    def rank(part):
        if len(parts) == 2:
            raise Fallen
        parts.append(part)
        return found.scores[part, :9], found.rows[part, :9]

    reranking = Reranking(found, rank)
    header = {**found.header, "history": [], "rerank": {"method": "none"}}
    with pytest.raises(Fallen):
        rerank_to_zarr(reranking, tmp_path / "x.zarr", header, 9)
    assert parts == [slice(0, 512), slice(512, 1024)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.zarr.partial"]
    with pytest.raises(
        DataError, match=r"was made with another rerank.method \(none, now other\);"
    ):
        rerank_to_zarr(reranking, tmp_path / "x.zarr", {**header, "rerank": {"method": "other"}}, 9)
    parts.clear()
    advanced = []
    rerank_to_zarr(reranking, tmp_path / "x.zarr", header, 9, lambda count: advanced.append(count))
    assert parts == [slice(1024, 1100)]
    assert sum(advanced) == 1100
    rows, scores = open_arrays(tmp_path / "x.zarr").read(slice(0, 1100))
    assert np.array_equal(rows, found.rows[:, :9]) and np.array_equal(scores, found.scores[:, :9])
    parts.clear()
    whole = replace(reranking, queries_at_once=100_000)
    with pytest.raises(Fallen):
        rerank_to_zarr(whole, tmp_path / "y.zarr", header, 9)
    parts.clear()
    rerank_to_zarr(whole, tmp_path / "y.zarr", header, 9)
    assert sha256(tmp_path / "y.zarr") == sha256(tmp_path / "x.zarr")


def test_results_that_k_does_not_hold_are_never_cut(folder, tmp_path):
    found = open_neighbours(folder / "few.tsv")
    reranking = Reranking(found, lambda part: (found.scores[part], found.rows[part]))
    with pytest.raises(ValueError, match="a query has more than 9 neighbours"):
        rerank_to_zarr(reranking, tmp_path / "x.zarr", {**found.header, "history": []}, 9)
    assert not list(tmp_path.iterdir())


def test_other_settings_and_inputs(folder, tmp_path):
    path, few = tmp_path / "x.zarr", folder / "few.tsv"
    done("gld-rerank", "expand", few, "-o", path)
    result = run(["gld-rerank", "expand", few, "-v", "-o", path])
    assert (result.exit_code, result.stderr) == (0, f"gld-rerank: {path} is finished already\n")
    made = f"Error: {path}: was made with another"
    remedy = "; choose another output, or move this one away"
    message = refused("gld-rerank", "expand", few, "--alpha", "2", "-o", path)
    assert message == f"{made} rerank.alpha (3.0, now 2.0){remedy}"
    message = refused("gld-rerank", "expand", folder / "few.zarr", "-o", path)
    digests = sha256(few)[:12], open_arrays(folder / "few.zarr").sha256[:12]
    assert message == (
        f"{made} file ([{few} with sha256 {digests[0]}], now [{folder}/few.zarr with sha256 "
        f"{digests[1]}]){remedy}"
    )


def test_the_output_is_no_input(folder):
    for name in ("few.zarr", "i.zarr"):
        assert f"{folder / name}: is also read" in refused(
            "gld-rerank", "expand", folder / "few.zarr", "-o", folder / name
        )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["expand", "--explain", "q1"], "--explain writes text"),
        (["superglobal", "--explain", "q1"], "--explain writes text"),
        (["fuse", "few.zarr", "--explain", "q1"], "--explain writes text"),
        (["labels", "--labels", "l.tsv"], "predictions are a table"),
        (["labels", "--labels", "l.tsv", "--explain", "q1"], "predictions are a table"),
    ],
)
def test_text_is_not_written_under_the_name_of_arrays(folder, monkeypatch, options, why):
    monkeypatch.chdir(folder)
    method, *more = options
    assert refused("gld-rerank", method, "few.tsv", *more, "-o", "x.zarr") == (
        f"Error: -o x.zarr: {why}, and only neighbours are written as Zarr; give -o a name that "
        "does not end in .zarr"
    )
    assert not (folder / "x.zarr").exists()


@pytest.mark.slow
def test_a_killed_command_is_resumed(tmp_path):
    queries = small_store(tmp_path / "q.zarr", [f"q{number}" for number in range(4096)], seed=1)
    index = small_store(tmp_path / "i.zarr", [f"i{number}" for number in range(50_000)], seed=2)
    done("gld-search", queries, "--index", index, "-k", "3", "-o", tmp_path / "n.zarr")
    command = [program("gld-rerank"), "expand", str(tmp_path / "n.zarr"), "-k", "10", "-o"]
    subprocess.run([*command, tmp_path / "quiet.zarr"], check=True)
    chunks = tmp_path / "x.zarr.partial" / "scores" / "c"
    process = subprocess.Popen([*command, tmp_path / "x.zarr"])
    while len(list(chunks.glob("*/0"))) < 2:
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    kept = {file: file.stat().st_mtime_ns for file in chunks.glob("*/0")}
    subprocess.run([*command, tmp_path / "x.zarr"], check=True)
    resumed = tmp_path / "x.zarr" / "scores" / "c"
    assert {file: (resumed / file.relative_to(chunks)).stat().st_mtime_ns for file in kept} == kept
    assert sha256(tmp_path / "x.zarr") == sha256(tmp_path / "quiet.zarr")
    assert not list(tmp_path.glob("x.zarr.*"))
