"""Explore-exploit graph traversal against its authors' results, and against plain dictionaries."""

import numpy as np
import pytest
from gld_rerank.explore.rerank import explore_rerank
from gld_rerank.explore.traversal import Traversal
from hypothesis import given, settings
from hypothesis import strategies as st

QUERIES = 12


@pytest.mark.parametrize("name", ["plain", "qe2"])
@pytest.mark.parametrize(
    ("k", "p", "t"),
    [(10, 100, 0.55), (25, 50, 0.7), (25, 300, 0.3), (5, 100, 2.0), (5, 0, 0.5)],
)
def test_the_authors_walks(links_of, lists_as_the_authors, methods, name, k, p, t):
    values = np.load(methods / "egt.npz")
    ids = values[f"{name}_prebuilt_ids"]
    lists = lists_as_the_authors(name, k, QUERIES)
    traversal = Traversal(links_of(lists[QUERIES:]), t * 1000, len(ids) - QUERIES)
    for query, expected in zip(lists[:QUERIES], values[f"{name}_egt_k{k}_p{p}_t{t}"], strict=True):
        images, similarities = (np.array([pair[at] for pair in query]) for at in (0, 1))
        walk = traversal.walk(images.astype("i4"), similarities.astype("f4"), -1, p or len(ids))
        assert walk.images.tolist() == (expected[expected >= 0] - QUERIES).tolist()


@pytest.mark.parametrize(("threshold", "k"), [(0.55, 10), (0.7, 5), (0.95, 20)])
def test_the_walks_of_the_2019_winners(links_of, methods, threshold, k):
    values = np.load(methods / "explore_exploit.npz")
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
