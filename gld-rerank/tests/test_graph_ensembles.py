"""Methods on the graph of the index, with ensembles of networks and their weights."""

import numpy as np
import polars as pl
import pytest
from gld_shared.store import open_store
from gld_shared.tables import NEIGHBOURS, read_neighbours, write_table
from gld_shared.testing import run, small_store

IDS = [f"i{row:02}" for row in range(40)]
METHODS = ["reciprocal", "reciprocal --whole", "explore", "diffuse", "propagate"]


@pytest.fixture
def searched(tmp_path):
    """Return a function that searches networks, by seeds, and returns the table."""

    def search(*seeds, options=(), name="n.tsv"):
        stores, indexes = [], []
        for seed in seeds:
            queries, index = tmp_path / f"q{seed}.zarr", tmp_path / f"i{seed}.zarr"
            if not index.exists():
                small_store(queries, ["a", "b", "i03"], seed)
                # The second network's index has another order.
                small_store(index, IDS if seed % 2 == 0 else IDS[::-1], 100 + seed)
            stores.append(queries)
            indexes += ["--index", index]
        table = tmp_path / name
        result = run(["gld-search", *stores, *indexes, *options, "-o", table])
        assert result.exit_code == 0, result.stderr
        return table

    return search


def reranked(tmp_path, method, table):
    output = tmp_path / "out.tsv"
    result = run(["gld-rerank", *method.split(), table, "-o", output])
    assert result.exit_code == 0, result.stderr
    return read_neighbours(output).rows


@pytest.mark.parametrize("method", METHODS)
def test_a_network_twice_is_that_network(tmp_path, searched, method):
    once = reranked(tmp_path, method, searched(0))
    single = tmp_path / "q0.zarr", tmp_path / "i0.zarr"
    twice = tmp_path / "twice.tsv"
    command = ["gld-search", single[0], single[0], "--index", single[1], "--index", single[1]]
    assert run([*command, "-o", twice]).exit_code == 0
    found = reranked(tmp_path, method, twice)
    assert found["index_id"].equals(once["index_id"])
    # propagate ends with a search, whose scores are sums over networks.
    factor = 2 if method == "propagate" else 1
    np.testing.assert_allclose(found["score"], factor * once["score"], atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_network_of_weight_0_changes_nothing(tmp_path, searched, method):
    once = reranked(tmp_path, method, searched(0))
    both = searched(0, 1, options=["--weight", "1", "--weight", "0"], name="both.tsv")
    found = reranked(tmp_path, method, both)
    assert found["index_id"].equals(once["index_id"])
    np.testing.assert_allclose(found["score"], once["score"], atol=1e-6)
    evenly = reranked(tmp_path, method, searched(0, 1))
    assert not evenly.select("query_id", "index_id").equals(found.select("query_id", "index_id"))


def test_weights_count_in_distances(tmp_path, searched):
    """The reasons of reciprocal hold the weighted mean of the similarities."""
    table = searched(0, 1, options=["--weight", "1", "--weight", "3"])
    scores = read_neighbours(table).rows.filter(pl.col("query_id") == "a")
    for options in ([], ["--whole"]):
        command = ["gld-rerank", "reciprocal", table, *options, "--explain", "a"]
        lines = run(command).stdout.splitlines()[1:]
        found = {line.split()[1]: float(line.split()[6]) for line in lines}
        for index_id, score in zip(scores["index_id"], scores["score"], strict=True):
            assert found[index_id] == pytest.approx(score / 4, abs=1e-4)


GRAPHS = ["reciprocal", "explore", "diffuse", "propagate"]
WEIGHTS = ["--weight", "1", "--weight", "3"]


def graph_of(folder, *options, name="graph.zarr"):
    """Search the indexes of both networks in themselves."""
    indexes = [folder / "i0.zarr", folder / "i1.zarr"]
    sides = [*indexes, "--index", indexes[0], "--index", indexes[1]]
    assert run(["gld-search", *sides, "-k", 20, *options, "-o", folder / name]).exit_code == 0
    return folder / name


@pytest.mark.parametrize("name", ["graph.zarr", "graph.tsv"])
@pytest.mark.parametrize("method", GRAPHS)
def test_a_graph_of_the_ensemble_is_the_one_that_is_computed(tmp_path, searched, method, name):
    table = searched(0, 1, options=WEIGHTS)
    whole = f"{method} --whole" if method == "reciprocal" else method
    expected = reranked(tmp_path, whole, table)
    graph = graph_of(tmp_path, *WEIGHTS, name=name)
    assert reranked(tmp_path, f"{method} --graph {graph}", table).equals(expected)


@pytest.mark.parametrize("method", GRAPHS)
def test_a_graph_of_one_network_or_of_other_weights_is_refused(tmp_path, searched, method):
    table = searched(0, 1, options=WEIGHTS)
    indexes = [tmp_path / f"i{seed}.zarr" for seed in (0, 1)]
    named = [f"{index} ({open_store(index).sha256[:12]})" for index in indexes]
    least = 5 if method == "explore" else 20
    again = (
        f"make another by gld-search {indexes[0]} {indexes[1]} --index {indexes[0]} "
        f"--index {indexes[1]} --weight 1.0 --weight 3.0 -k {least} -o X.zarr\n"
    )

    def refused(graph):
        result = run(["gld-rerank", method, table, "--graph", graph])
        assert (result.exit_code, result.stdout) == (1, "")
        return result.stderr

    one = tmp_path / "one.tsv"
    command = ["gld-search", indexes[0], "--index", indexes[0], "-k", 20, "-o", one]
    assert run(command).exit_code == 0
    assert refused(one) == (
        f"Error: {one}: has the queries {named[0]}, expected {named[0]}, {named[1]}; {again}"
    )
    even = graph_of(tmp_path)
    assert (
        refused(even) == f"Error: {even}: has the weights [1.0, 1.0], expected [1.0, 3.0]; {again}"
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_negative_weight_is_refused(searched, method):
    table = searched(0, 1, options=["--weight", "1", "--weight", "0.5"])
    table.write_text(table.read_text().replace("[1.0, 0.5]", "[1.0, -0.5]", 1))
    result = run(["gld-rerank", *method.split(), table])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {table}: has a weight of -0.5, expected 0 or more, so that an image is most "
        "similar to itself; search again with such --weight\n"
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_scores_of_the_table_do_not_matter(tmp_path, searched, method):
    """Another method wrote them, which may have any scale."""
    table = searched(0)
    expected = reranked(tmp_path, method, table)
    rows = read_neighbours(table).rows.with_columns(score=(-1e6 * pl.col("rank")).cast(pl.Float32))
    write_table(table, NEIGHBOURS, rows, read_neighbours(table).header)
    assert reranked(tmp_path, method, table).equals(expected)
