"""Offline diffusion (Yang et al., AAAI 2019), of which gld has the graph and the solver.

Their program solves one truncated system for each image in advance; a search then adds the
solutions up. It differs from ours in two points. It drops the first of each list as the image
itself, which for copies may be another. And after 20 iterations it takes the last iterate, ours the
one with the smallest residual. The reference below is theirs with a choice of the iterate.
"""

import numpy as np
import pytest
from gld_rerank.diffusion.subgraph import Subgraphs, diffuse
from gld_rerank.diffusion.ties import mutual_affinity
from gld_shared.search.topk import topk_arrays

TRUNCATE, GRAPH_K, TOP, ALPHA = 60, 15, 6, 0.99


@pytest.fixture(scope="module")
def yang(values_of):
    return values_of("diffusion_offline_yang")


def affinity_as_they_tie(ids, similarities):
    """Tie each node with those of its list after the first that have it in theirs: (n, n)."""
    cubes = np.zeros((len(ids), len(ids)), np.float32)
    for node, (others, cells) in enumerate(zip(ids[:, :GRAPH_K], similarities, strict=True)):
        for other, cell in zip(others[1:], cells[1:], strict=True):
            if node in ids[other, :GRAPH_K]:
                cubes[node, other] = np.maximum(cell, 0) ** 3
    return cubes


def equations_of(affinity):
    roots = np.sqrt(affinity.sum(axis=1, dtype=np.float64) + 1e-12)
    return np.eye(len(affinity)) - ALPHA * affinity / np.outer(roots, roots)


def conjugate_gradients(equations, target):
    """Iterate 20 times: the last iterate, and the one with the smallest residual."""
    solution, residual = np.zeros_like(target), target.copy()
    direction, squared = target.copy(), target @ target
    best, smallest = solution, squared
    for _ in range(20):
        if np.sqrt(squared) < 1e-6 * np.linalg.norm(target):
            break
        product = equations @ direction
        step = squared / (direction @ product)
        solution, residual = solution + step * direction, residual - step * product
        before, squared = squared, residual @ residual
        direction = residual + squared / before * direction
        if squared < smallest:
            smallest, best = squared, solution
    return solution, best


def offline(equations, ids):
    """The truncated solutions of all nodes, (n, n): the last iterates, and the best ones."""
    last, best = np.zeros_like(equations), np.zeros_like(equations)
    for node, nodes in enumerate(ids):
        target = np.eye(len(nodes))[0]
        last[node, nodes], best[node, nodes] = conjugate_gradients(
            equations[np.ix_(nodes, nodes)], target
        )
    return last, best


@pytest.fixture(scope="module")
def whole(yang, dense):
    """Queries and images as one graph: its equations, and their solutions."""
    ids, equations = yang["all_knn_ids"].astype(np.int64), dense(yang, "all_laplacian", 312)
    return ids, equations, *offline(equations, ids)


@pytest.mark.parametrize("name", ["all", "gallery"])
def test_lists_of_neighbours(vectors, yang, same_ranking, name):
    nodes = np.concatenate([vectors["q"], vectors["x"]]) if name == "all" else vectors["x"]
    nodes = nodes.astype(np.float32)
    similarities, rows = topk_arrays(nodes, nodes, TRUNCATE)
    np.testing.assert_allclose(similarities[:, :GRAPH_K], yang[f"{name}_knn_sims"], atol=1e-5)
    expected = yang[f"{name}_knn_ids"].astype(np.int64)
    products = nodes @ nodes.T
    for node in range(len(nodes)):
        # Copies change places, also across the end of a list.
        np.testing.assert_allclose(
            products[node, rows[node]], products[node, expected[node]], atol=1e-5
        )
    similarities, rows = topk_arrays(*(vectors[side].astype(np.float32) for side in "qx"), TOP)
    np.testing.assert_allclose(similarities, yang["query_knn_sims"], atol=1e-5)
    products = vectors["q"] @ vectors["x"].T
    for query in range(12):
        same_ranking(rows[query], yang["query_knn_ids"][query], products[query])


def test_our_graph_is_theirs_but_for_copies(vectors, yang, graph_of, dense, dense_of):
    nodes = np.concatenate([vectors["q"], vectors["x"]])
    expected = dense(yang, "all_affinity", 312)
    ids = yang["all_knn_ids"].astype(np.int64)
    slow = affinity_as_they_tie(ids, yang["all_knn_sims"])
    np.testing.assert_allclose(slow, expected, atol=1e-5)
    # In theirs, seven copies are tied to themselves, and the ties to their originals are one-way.
    assert np.flatnonzero(np.diag(expected)).tolist() == [0, 44, 69, 95, 99, 226, 249]
    found = dense_of(mutual_affinity(graph_of(nodes, GRAPH_K - 1), 3))
    alone = (nodes @ nodes.T > 1 - 1e-6).sum(axis=1) == 1
    pairs = np.ix_(alone, alone)
    assert alone.sum() > 290
    np.testing.assert_allclose(found[pairs], expected[pairs], atol=1e-5)


def test_the_last_iterates_are_their_solutions(yang, whole, dense):
    ids, equations, last, _ = whole
    slow = equations_of(affinity_as_they_tie(ids, yang["all_knn_sims"]))
    np.testing.assert_allclose(equations, slow, atol=1e-5)
    np.testing.assert_allclose(last, dense(yang, "all_offline", 312), atol=1e-5)


def test_the_best_iterates_are_our_solutions(yang, whole, sparse):
    ids, equations, last, best = whole
    graph = Subgraphs(sparse(np.eye(312) - equations))
    found = np.zeros_like(best)
    for node, nodes in enumerate(ids):
        # They truncate after the graph is normalised: I - alpha S is cut as it is.
        found[node, nodes] = diffuse(graph.among(nodes), np.eye(TRUNCATE)[0], 1.0)
    np.testing.assert_allclose(found, best, atol=1e-9)
    converged = yang["all_cg_info"] == 0
    assert converged.sum() == 271
    np.testing.assert_allclose(found[converged], last[converged], atol=1e-9)
    assert np.abs(found - last).max() > 0.1


def test_searches_in_their_solutions(yang, whole, same_ranking):
    last = whole[2] / np.linalg.norm(whole[2], axis=1, keepdims=True)
    found = last[:12] @ last[12:].T
    np.testing.assert_allclose(found, yang["search_scores"], atol=1e-5)
    for scores, expected in zip(found, yang["search_ranks"], strict=True):
        same_ranking(np.argsort(-scores, kind="stable"), expected, scores)


def test_searches_by_the_neighbours_of_a_query_as_in_the_paper(yang, dense):
    ids = yang["gallery_knn_ids"].astype(np.int64)
    last, _ = offline(equations_of(affinity_as_they_tie(ids, yang["gallery_knn_sims"])), ids)
    # Their equations are rounded to float32, which moves solutions of up to 9 by 1e-5.
    expected = dense(yang, "gallery_offline", 300)
    np.testing.assert_allclose(last, expected, rtol=1e-5, atol=1e-5)
    weights = yang["query_knn_sims"].astype(np.float64) ** 3
    found = (weights[:, :, None] * last[yang["query_knn_ids"]]).sum(axis=1)
    ranks = yang["search_old_ranks"].astype(np.int64)
    expected = yang["search_old_scores"]
    np.testing.assert_allclose(np.take_along_axis(found, ranks, 1), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(-np.sort(-found)[:, :TRUNCATE], expected, rtol=1e-5, atol=1e-5)
