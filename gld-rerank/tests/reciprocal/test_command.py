"""gld-rerank reciprocal: messages, the query's own image, explanations and graphs."""

import pytest
from gld_shared.store import open_store
from gld_shared.testing import run, small_store


def stores_and_table(tmp_path, k):
    ids = [f"i{row:02}" for row in range(40)]
    queries = small_store(tmp_path / "q.zarr", ["a", "i03"], seed=1)
    index = small_store(tmp_path / "i.zarr", ids, seed=2)
    table = tmp_path / "n.tsv"
    result = run(["gld-search", queries, "--index", index, "-k", k, "-o", table])
    assert result.exit_code == 0, result.stderr
    return queries, index, table


def test_a_table_with_fewer_neighbours_than_k1_is_refused(tmp_path):
    *_, table = stores_and_table(tmp_path, 19)
    result = run(["gld-rerank", "reciprocal", table])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {table}: has at most 19 neighbours of a query, expected k1 = 20 or more; "
        "search again with -k 100, or lower --k1\n"
    )
    assert run(["gld-rerank", "reciprocal", table, "--k1", "19"]).exit_code == 0


def test_a_query_s_own_image_is_left_out_unless_the_search_kept_it(tmp_path):
    queries, index, table = stores_and_table(tmp_path, 40)
    kept = tmp_path / "kept.tsv"
    search = ["gld-search", queries, "--index", index, "-k", 40, "--keep-self", "-o", kept]
    assert run(search).exit_code == 0
    for options in ([], ["--whole"]):
        results = [run(["gld-rerank", "reciprocal", name, *options]) for name in (table, kept)]
        assert [result.exit_code for result in results] == [0, 0], results[0].stderr
        own = ["i03\ti03\t" in result.stdout for result in results]
        assert own == [False, True]
        assert [len(result.stdout.splitlines()) for result in results] == [2 + 40 + 39, 2 + 80]


def test_why_a_result_moved(tmp_path):
    *_, table = stores_and_table(tmp_path, 30)
    for options in ([], ["--whole"]):
        command = ["gld-rerank", "reciprocal", table, *options, "--explain", "a", "-k", "2"]
        result = run(command)
        assert result.exit_code == 0, result.stderr
        head, *rows = result.stdout.splitlines()
        names = ["rank", "index_id", "score", "was", "moved", "score_was", "similarity", "overlap"]
        assert head.split() == [*names, "most_shared"]
        shared = rows[0].split("  ")[-1].strip().split(", ")
        assert len(shared) == 3 and rows[0].split()[1] in shared
        assert len(rows) == 2
        score, similarity, overlap = (float(rows[0].split()[place]) for place in (2, 6, 7))
        assert abs(1 - 0.3 * (1 - similarity) / 2 - 0.7 * (1 - overlap) - score) < 2e-4


def test_a_graph_that_gld_search_made_gives_the_same_result(tmp_path):
    _, index, table = stores_and_table(tmp_path, 30)
    expected = run(["gld-rerank", "reciprocal", table, "--whole"])
    assert expected.exit_code == 0, expected.stderr
    for name in ("graph.tsv", "graph.zarr"):
        graph = tmp_path / name
        assert run(["gld-search", index, "--index", index, "-k", 20, "-o", graph]).exit_code == 0
        result = run(["gld-rerank", "reciprocal", table, "--graph", graph])
        assert result.exit_code == 0, result.stderr
        assert result.stdout.splitlines()[1:] == expected.stdout.splitlines()[1:]
        # The graph is an input of the result.
        assert f'"path":"{graph}"' in result.stdout.splitlines()[0].replace(": ", ":")


@pytest.mark.parametrize(("store", "k"), [("i.zarr", 19), ("q.zarr", 20)])
def test_a_graph_that_does_not_fit_is_refused(tmp_path, store, k):
    _, index, table = stores_and_table(tmp_path, 30)
    graph, searched = tmp_path / "graph.tsv", tmp_path / store
    assert run(["gld-search", searched, "--index", searched, "-k", k, "-o", graph]).exit_code == 0
    result = run(["gld-rerank", "reciprocal", table, "--graph", graph])
    assert (result.exit_code, result.stdout) == (1, "")
    digests = [open_store(tmp_path / name).sha256[:12] for name in ("q.zarr", "i.zarr")]
    fault = (
        "has 19 neighbours of each image, expected 20"
        if store == "i.zarr"
        else f"has the queries {searched} ({digests[0]}), expected {index} ({digests[1]})"
    )
    assert result.stderr == (
        f"Error: {graph}: {fault}; make another by gld-search {index} --index {index} "
        "-k 20 -o X.zarr\n"
    )
