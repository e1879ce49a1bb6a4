"""Explore-exploit graph traversal against its authors' results, and against plain dictionaries."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.explore.rerank import explore_rerank
from gld_rerank.explore.traversal import Traversal
from gld_rerank.graph.links import Links
from gld_shared.store import write_store
from gld_shared.testing import run, small_store
from hypothesis import given, settings
from hypothesis import strategies as st

METHODS = Path(__file__).parent / "fixtures" / "methods"
QUERIES = 12


def links_of(lists):
    """Lists of (node, similarity) as links."""
    starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    pairs = [pair for each in lists for pair in each]
    nodes, similarities = (np.array([pair[at] for pair in pairs]) for at in (0, 1))
    return Links(starts, nodes.astype(np.int32), similarities.astype(np.float32))


def lists_as_the_authors(ids, scores, k, queries=QUERIES):
    """Each node's k neighbours, and one link from the last image that lists it; see README."""
    tables = [
        {int(node): (int(node), int(score)) for node, score in zip(row[:k], cells[:k], strict=True)}
        for row, cells in zip(ids, scores, strict=True)
    ]
    own = [list(table.values()) for table in tables]
    for image in range(queries, len(ids)):
        for node, score in own[image]:
            held = tables[node].get(image)
            tables[node][node] = (image, score if held is None else max(score, held[1]))
    return [[(node - queries, score) for node, score in each.values()] for each in tables]


@pytest.mark.parametrize("name", ["plain", "qe2"])
@pytest.mark.parametrize(
    ("k", "p", "t"),
    [(10, 100, 0.55), (25, 50, 0.7), (25, 300, 0.3), (5, 100, 2.0), (5, 0, 0.5)],
)
def test_the_authors_walks(name, k, p, t):
    values = np.load(METHODS / "egt.npz")
    ids, scores = values[f"{name}_prebuilt_ids"], values[f"{name}_prebuilt_scores"]
    lists = lists_as_the_authors(ids, scores, k)
    traversal = Traversal(links_of(lists[QUERIES:]), t * 1000, len(ids) - QUERIES)
    for query, expected in zip(lists[:QUERIES], values[f"{name}_egt_k{k}_p{p}_t{t}"], strict=True):
        images, similarities = (np.array([pair[at] for pair in query]) for at in (0, 1))
        walk = traversal.walk(images.astype("i4"), similarities.astype("f4"), -1, p or len(ids))
        assert walk.images.tolist() == (expected[expected >= 0] - QUERIES).tolist()


@pytest.mark.parametrize(("threshold", "k"), [(0.55, 10), (0.7, 5), (0.95, 20)])
def test_the_walks_of_the_2019_winners(threshold, k):
    values = np.load(METHODS / "explore_exploit.npz")
    lists = [
        list(zip(row[:k], cells[:k], strict=True))
        for row, cells in zip(values["ii_ids"], values["ii_sims"], strict=True)
    ]
    traversal = Traversal(links_of(lists), threshold, len(lists))
    for query, expected in enumerate(values[f"th{threshold}_k{k}"]):
        images, similarities = values["ti_ids"][query, :k], values["ti_sims"][query, :k]
        walk = traversal.walk(images.astype("i4"), similarities, -1, 100)
        if expected[0] == -2:  # their code stops with an error where no more can be reached
            assert len(walk.images) < 100
        else:
            assert walk.images.tolist() == expected.tolist()


def slow_walk(starts, lists, threshold, count, images):
    """Follow the best waiting link, found first if equal: nodes, links and parents.

    The walk ends at ``count`` nodes below ``images``.
    """
    waiting = [(-similarity, order, image, -1) for order, (image, similarity) in enumerate(starts)]
    found, taken = len(waiting), []

    def is_done():
        return sum(node < images for node, _, _ in taken) == count

    while waiting and not is_done():
        fresh = []
        while waiting and not is_done():
            best = min(waiting)
            if fresh and -best[0] <= threshold:
                break
            waiting = [each for each in waiting if each[2] != best[2]]
            taken.append((best[2], -best[0], best[3]))
            fresh.append(best[2])
        for image in fresh:
            for other, similarity in lists[image]:
                if other not in [each[0] for each in taken]:
                    waiting.append((-similarity, found, other, image))
                    found += 1
    return taken


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 8),
    st.floats(-1, 1, width=32),
    st.integers(1, 35),
    st.booleans(),
)
def test_walks_equal_those_on_dictionaries(
    searched, seed, n, distinct, graph_k, threshold, k, through
):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(distinct, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = vectors[generator.integers(0, distinct, n)]
    queries, ids = vectors[generator.integers(0, distinct, 3)], ["q0", "i000", "q2"]
    neighbours = searched(queries, index, query_ids=ids)
    neighbours.rows[2, 1:], neighbours.scores[2, 1:] = -1, 0  # one neighbour
    similarities = (index.astype(np.float64) @ index.T.astype(np.float64)).astype(np.float32)
    order = np.lexsort((np.broadcast_to(np.arange(n), (n, n)), -similarities))
    nearest = [
        set([int(other) for other in others if other != row][:graph_k])
        for row, others in enumerate(order)
    ]
    lists = [
        sorted(
            ((o, similarities[row, o]) for o in range(n) if o in nearest[row] or row in nearest[o]),
            key=lambda pair: (-pair[1], pair[0]),
        )
        for row in range(n)
    ]
    candidates = [
        [
            (image, score)
            for image, score in zip(neighbours.rows[query], neighbours.scores[query], strict=True)
            if image >= 0
        ][:graph_k]
        for query in range(3)
    ]
    own_nodes = [-1, 0, -1]
    names = {-1: "the query", **{row: f"i{row:03}" for row in range(n)}}
    if through:
        for query, node in ((0, n), (2, n + 1)):
            own_nodes[query], names[node] = node, f"query {ids[query]}"
            lists.append(candidates[query])
            for image, score in candidates[query]:
                lists[image].append((node, score))
    reranking = explore_rerank(neighbours, None, graph_k, threshold, k, through_queries=through)
    scores, rows = reranking.rank(slice(0, 3))
    for query, own in enumerate(own_nodes):
        others = [[pair for pair in each if pair[0] != own] for each in lists]
        reached = slow_walk(candidates[query], others, threshold, k, n)
        lowest = np.minimum.accumulate([np.inf, *(link for _, link, _ in reached)])[1:]
        lowest = [score for score, (node, _, _) in zip(lowest, reached, strict=True) if node < n]
        taken = [each for each in reached if each[0] < n]
        assert rows[query][rows[query] >= 0].tolist() == [image for image, _, _ in taken]
        np.testing.assert_allclose(scores[query][: len(taken)], lowest, atol=1e-5)
        assert (np.diff(scores[query][: len(taken)]) < 0).all()
        if len(taken):
            columns = reranking.reasons(query, rows[query][: len(taken)]).columns
            assert columns["through"].to_list() == [names[parent] for _, _, parent in taken]


def test_the_authors_semi_supervised_walks_where_no_order_matters():
    """Walks that end where no link leads on; in all others, theirs depends on Java's queue."""
    values = np.load(METHODS / "egt.npz")
    ids, scores = values["plain_prebuilt_ids"], values["plain_prebuilt_scores"]
    queries = 52  # the first rows count as queries
    lists = lists_as_the_authors(ids, scores, 10, 0)
    images_first = [*lists[queries:], *lists[:queries]]
    order = np.roll(np.arange(len(ids)), queries)
    renumbered = [[(int(order[node]), score) for node, score in each] for each in images_first]
    images = len(ids) - queries
    traversal = Traversal(links_of(renumbered), 550, images)
    whole = 0
    for query, expected in enumerate(values["plain_semi_k10_p100_t0.55_n52"]):
        expected = expected[expected >= 0] - queries
        if len(expected) < 100:
            near = np.array(renumbered[images + query])
            walk = traversal.walk(
                near[:, 0].astype("i4"), near[:, 1].astype("f4"), images + query, 100
            )
            assert walk.images.tolist() == expected.tolist()
            whole += 1
    assert whole == 2


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
