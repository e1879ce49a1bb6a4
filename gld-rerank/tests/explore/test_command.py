"""gld-rerank explore: walks through other queries, graphs from files, and explanations."""

import numpy as np
from gld_shared.store import write_store
from gld_shared.testing import run, small_store


def test_a_walk_through_another_query_reaches_what_no_image_leads_to(tmp_path):
    """Query a has candidates x and y, b has y and z; x, y and z are hardly alike."""
    vectors = {
        "q": [[1, 1, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]],
        "i": [[1, 0, 0, 0.2, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0.2, 0]],
    }
    ids = {"q": ["a", "b"], "i": ["x", "y", "z"]}
    paths = {}
    for side, rows in vectors.items():
        unit = np.array(rows) / np.linalg.norm(rows, axis=1, keepdims=True)
        attributes = {"checkpoint": {"path": "none", "sha256": "none"}, "history": []}
        path = tmp_path / f"{side}.zarr"
        paths[side] = write_store(path, ids[side], unit.astype(np.float32), attributes)
    table = tmp_path / "n.tsv"
    search = ["gld-search", paths["q"], "--index", paths["i"], "-k", 2, "-o", table]
    assert run(search).exit_code == 0
    command = ["gld-rerank", "explore", table, "--graph-k", 2, "-k", 3]
    found = run([*command, "--through-queries", "--explain", "a"])
    assert found.exit_code == 0, found.stderr
    assert [line.split()[1] for line in found.stdout.splitlines()[1:]] == ["y", "x", "z"]
    assert found.stdout.splitlines()[3].endswith("query b")


def test_the_command_explains_the_way_to_an_image(tmp_path):
    """From the query to an image that only another one is like."""
    ids = [f"i{row:02}" for row in range(30)]
    queries = small_store(tmp_path / "q.zarr", ["a"], seed=1)
    index = small_store(tmp_path / "i.zarr", ids, seed=2)
    table, graph = tmp_path / "n.tsv", tmp_path / "graph.zarr"
    assert run(["gld-search", queries, "--index", index, "-k", 2, "-o", table]).exit_code == 0
    assert run(["gld-search", index, "--index", index, "-k", 3, "-o", graph]).exit_code == 0
    command = ["gld-rerank", "explore", table, "--graph-k", 3, "-k", 10]
    computed, given_graph = run(command), run([*command, "--graph", graph])
    assert computed.exit_code == given_graph.exit_code == 0, computed.stderr
    assert computed.stdout.splitlines()[1:] == given_graph.stdout.splitlines()[1:]
    assert len(computed.stdout.splitlines()) == 12
    explained = run([*command, "--explain", "a"]).stdout.splitlines()
    assert explained[0].split()[-2:] == ["link", "through"]
    through = [line.split("  ")[-1].strip() for line in explained[1:]]
    assert through[0] == "the query" and set(through) <= {"the query", *ids}


def test_more_neighbours_than_images_take_no_memory(tmp_path):
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", [f"i{row:02}" for row in range(30)], seed=2)
    table = tmp_path / "n.tsv"
    assert run(["gld-search", queries, "--index", index, "-k", 5, "-o", table]).exit_code == 0
    few, many = (run(["gld-rerank", "explore", table, "-k", k]) for k in (30, 10**9))
    assert many.exit_code == 0, many.stderr
    assert many.stdout.splitlines()[1:] == few.stdout.splitlines()[1:]
