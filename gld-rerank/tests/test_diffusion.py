"""Diffusion against its authors' values, other implementations', and direct solutions."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.diffusion.affinity import Affinity, mutual_affinity
from gld_rerank.diffusion.rerank import diffusion_rerank
from gld_rerank.diffusion.subgraph import Subgraphs, diffuse
from gld_rerank.graph.index_graph import Graph
from gld_shared.testing import run, small_store
from hypothesis import given, settings
from hypothesis import strategies as st

METHODS = Path(__file__).parent / "fixtures" / "methods"


@pytest.fixture(scope="module")
def vectors():
    return {
        name: each.astype(np.float64) for name, each in np.load(METHODS / "m_vectors.npz").items()
    }


@pytest.fixture(scope="module")
def iscen():
    return np.load(METHODS / "diffusion_iscen_octave.npz")


def graph_of(vectors, k):
    """The k nearest others of each vector (n, d)."""
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -2)
    nodes = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
    nearest = np.take_along_axis(similarities, nodes, axis=1)
    return Graph(nodes.astype(np.int32), nearest.astype(np.float32))


def dense(values, name, n):
    """A sparse matrix of a fixture as an array (n, n)."""
    starts, nodes = values[f"{name}_indptr"], values[f"{name}_indices"]
    matrix = np.zeros((n, n))
    matrix[np.repeat(np.arange(n), np.diff(starts)), nodes] = values[f"{name}_data"]
    return matrix


def dense_of(affinity):
    matrix = np.zeros((affinity.n, affinity.n))
    ends = np.repeat(np.arange(affinity.n), np.diff(affinity.starts))
    matrix[ends, affinity.nodes] = affinity.weights
    return matrix


def sparse(matrix):
    """An array (n, n) as sparse rows."""
    rows, nodes = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return Affinity(starts, nodes.astype(np.int32), matrix[rows, nodes])


def test_the_authors_graph(vectors, iscen):
    # Their lists hold the vector itself.
    found = dense_of(mutual_affinity(graph_of(vectors["x"], 14), 3))
    np.testing.assert_allclose(found, dense(iscen, "affinity", 300), atol=1e-5)


@pytest.mark.parametrize("kind", ["", "regional_"])
def test_the_authors_solutions(vectors, iscen, kind):
    graph = Subgraphs(mutual_affinity(graph_of(vectors["x"], 14), 3)).among(np.arange(300))
    solutions = iscen["f" if not kind else "regional_f_vectors"]
    for sources, expected in zip(iscen[f"{kind}y"], solutions, strict=True):
        np.testing.assert_allclose(diffuse(graph.normalised(), sources, 0.99), expected, atol=1e-5)


def test_the_authors_truncated_solutions(vectors, iscen):
    graph = Subgraphs(mutual_affinity(graph_of(vectors["x"], 14), 3))
    groups = np.split(iscen["regional_groups_flat"], np.cumsum(iscen["regional_groups_len"])[:-1])
    for group, member, expected in zip(
        groups, iscen["trunc_member"], iscen["trunc_f"], strict=True
    ):
        nodes = np.flatnonzero(member)
        sums = np.zeros(len(nodes))
        for query in vectors["q"][group]:
            similarities = vectors["x"][nodes] @ query
            best = np.argsort(-similarities, kind="stable")[:6]
            sums[best] += similarities[best]
        sources = np.zeros(len(nodes))
        best = np.argsort(-sums, kind="stable")[:6]
        sources[best] = np.maximum(sums[best] ** 3, 0)
        found = diffuse(graph.among(nodes).normalised(), sources, 0.99)
        np.testing.assert_allclose(found, expected[nodes], atol=1e-5)


def test_the_rows_of_offline_diffusion_that_converge():
    values = np.load(METHODS / "diffusion_offline_yang.npz")
    expected = dense(values, "all_offline", 312)
    # They truncate after the graph is normalised: I - alpha S is cut as it is.
    graph = Subgraphs(sparse(np.eye(312) - dense(values, "all_laplacian", 312)))
    converged = np.flatnonzero(values["all_cg_info"] == 0)
    assert len(converged) == 271
    for node in converged:
        nodes = values["all_knn_ids"][node].astype(np.int64)
        sources = np.zeros(len(nodes))
        sources[0] = 1
        found = diffuse(graph.among(nodes), sources, 1.0)
        np.testing.assert_allclose(found, expected[node, nodes], atol=1e-5)


def test_solutions_by_minres(vectors):
    values = np.load(METHODS / "diffusion_manifold_mishkin.npz")
    graph = Subgraphs(mutual_affinity(graph_of(vectors["x"][values["x_rows"]], 19), 3))
    ties = graph.among(np.arange(294)).normalised()
    found = dense_of(Affinity(ties.starts, ties.nodes, ties.weights))
    np.testing.assert_allclose(found, dense(values, "Wn", 294), atol=1e-5)
    starts, nodes = values["qsim_indptr"], values["qsim_indices"]
    for query in range(12):
        part = slice(*starts[query : query + 2])
        sources = np.zeros(294)
        sources[nodes[part]] = values["qsim_data"][part]
        found = diffuse(ties, sources, 0.99, 400, 1e-10)
        np.testing.assert_allclose(found, values["minres100_a99_scores"][:, query], atol=1e-6)


def slow_scores(query, index, own, seeds, graph_k, truncate, alpha):
    """Solve a query's part of the graph directly: a score for each image, -inf = not in it."""
    n = len(index)
    to_query = (index.astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
    order = [row for row in np.lexsort((np.arange(n), -to_query)) if row != own]
    part = sorted({*order[:truncate], *seeds})
    similarities = (index.astype(np.float64) @ index.T.astype(np.float64)).astype(np.float32)
    nearest = [
        [other for other in np.lexsort((np.arange(n), -cells)) if other != row][:graph_k]
        for row, cells in enumerate(similarities)
    ]
    ties = np.array(
        [
            [
                max(similarities[row, other], 0) ** 3.0
                if row in nearest[other] and other in nearest[row]
                else 0
                for other in part
            ]
            for row in part
        ],
        dtype=np.float64,
    ).reshape(len(part), len(part))
    sums = ties.sum(axis=1)
    roots = np.sqrt(np.where(sums > 0, sums, 1))
    ties /= roots[:, None] * roots
    sources = np.array([max(to_query[row], 0) ** 3.0 if row in seeds else 0 for row in part])
    reached = np.linalg.solve(np.eye(len(part)) - alpha * ties, sources)
    scores = np.full(n, -np.inf)
    scores[part] = np.where(reached > 1e-12, reached, np.minimum(to_query[part] - 1.0, 0))
    return scores


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(1, 8),
    st.integers(1, 5),
    st.integers(1, 20),
    st.integers(1, 20),
)
def test_diffusion_equals_direct_solutions(searched, seed, n, distinct, graph_k, top, truncate, k):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(distinct, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = vectors[generator.integers(0, distinct, n)]
    queries, ids = vectors[generator.integers(0, distinct, 3)], ["q0", "i000", "q2"]
    neighbours = searched(queries, index, query_ids=ids)
    neighbours.rows[2, 1:], neighbours.scores[2, 1:] = -1, 0  # one candidate
    reranking = diffusion_rerank(neighbours, None, graph_k, top, 3.0, 0.9, max(truncate, k), k)
    found, rows = reranking.rank(slice(0, 3))
    for query, own in enumerate([-1, 0, -1]):
        seeds = [row for row in neighbours.rows[query, :top].tolist() if row >= 0]
        expected = slow_scores(queries[query], index, own, seeds, graph_k, max(truncate, k), 0.9)
        best = rows[query][rows[query] >= 0]
        assert len(best) == min(k, np.isfinite(expected).sum())
        # What conjugate gradients do not reach may have a tiny share.
        sure = (expected[best] <= 0) | (expected[best] > 1e-5)
        scores = found[query][: len(best)]
        np.testing.assert_allclose(scores[sure], expected[best][sure], atol=1e-5)
        if sure.all() and not ((expected > 0) & (expected < 1e-5)).any():
            np.testing.assert_allclose(scores, -np.sort(-expected)[: len(best)], atol=1e-5)
        assert (np.diff(scores) <= 0).all()


def test_the_command_names_what_pulled_a_result(tmp_path):
    ids = [f"i{row:02}" for row in range(60)]
    queries = small_store(tmp_path / "q.zarr", ["a"], seed=1)
    index = small_store(tmp_path / "i.zarr", ids, seed=2)
    table, graph = tmp_path / "n.tsv", tmp_path / "graph.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    assert run(["gld-search", index, "--index", index, "-k", 20, "-o", graph]).exit_code == 0
    computed = run(["gld-rerank", "diffuse", table])
    assert computed.exit_code == 0, computed.stderr
    given_graph = run(["gld-rerank", "diffuse", table, "--graph", graph])
    assert computed.stdout.splitlines()[1:] == given_graph.stdout.splitlines()[1:]
    assert len(computed.stdout.splitlines()) == 62
    explained = run(["gld-rerank", "diffuse", table, "--explain", "a"]).stdout.splitlines()
    assert explained[0].startswith("its part of the graph: 60 images with ")
    assert explained[1].split()[-3:] == ["similarity", "candidate", "pulled_by"]
    assert set(explained[2].split()[-3:]) <= set(ids)
