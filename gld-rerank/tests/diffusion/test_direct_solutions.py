"""Diffusion against direct solutions of its equations, and the command."""

import numpy as np
import pytest
from gld_rerank.diffusion.rerank import diffusion_rerank
from gld_shared.testing import run, small_store
from hypothesis import given, settings
from hypothesis import strategies as st


def slow_scores(query, index, own, seeds, graph_k, truncate, k, alpha):
    """Solve a query's part of the graph directly: a score for each image, -inf = no result."""
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
    scores[order[:k]] = np.minimum(to_query[order[:k]] - 1.0, 0)
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
    reranking = diffusion_rerank(neighbours, None, graph_k, top, 3.0, 0.9, truncate, k)
    found, rows = reranking.rank(slice(0, 3))
    for query, own in enumerate([-1, 0, -1]):
        seeds = [row for row in neighbours.rows[query, :top].tolist() if row >= 0]
        expected = slow_scores(queries[query], index, own, seeds, graph_k, truncate, k, 0.9)
        best = rows[query][rows[query] >= 0]
        assert len(best) == min(k, np.isfinite(expected).sum())
        # What conjugate gradients do not reach may have a tiny share.
        sure = (expected[best] <= 0) | (expected[best] > 1e-5)
        scores = found[query][: len(best)]
        np.testing.assert_allclose(scores[sure], expected[best][sure], atol=1e-5)
        if sure.all() and not ((expected > 0) & (expected < 1e-5)).any():
            np.testing.assert_allclose(scores, -np.sort(-expected)[: len(best)], atol=1e-5)
        assert (np.diff(scores) <= 0).all()


def test_a_large_power_of_weak_ties_leaves_others_as_they_are(searched):
    # The last two images are each other's nearest, by a similarity of 0.005.
    axes = np.eye(6)
    near, far = axes[0] * 0.95 + axes[1] * 0.31, axes[3] + 0.005 * axes[2]
    index = np.array([axes[0], near / np.linalg.norm(near), axes[2], far], np.float32)
    queries = axes[:1].astype(np.float32)

    def scores(n):
        return diffusion_rerank(searched(queries, index[:n]), None, 1, 1, 100.0, 0.8, k=2).rank(
            slice(0, 1)
        )[0]

    assert (scores(4) == scores(2)).all()
    assert scores(4).min() > 1


@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_a_candidate_of_negative_similarity_has_no_weight(searched, gamma):
    index = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    found = searched(np.array([[-0.6, -0.8]], np.float32), index)
    scores, _ = diffusion_rerank(found, None, 2, 1, gamma, 0.8).rank(slice(0, 1))
    assert (scores < 0).all()


@pytest.mark.parametrize("form", [[], ["--explain", "a"]])
def test_more_results_leave_the_first_as_they_are(tmp_path, form):
    ids = [f"i{row:02}" for row in range(60)]
    queries = small_store(tmp_path / "q.zarr", ["a"], seed=1)
    index = small_store(tmp_path / "i.zarr", ids, seed=2)
    table = tmp_path / "n.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    command = ["gld-rerank", "diffuse", table, "--truncate", "10", *form]
    few, all_of_them = (run([*command, "-k", k]).stdout.splitlines()[1:] for k in ("15", "60"))
    assert [line.split() for line in few] == [line.split() for line in all_of_them[: len(few)]]
    assert len(all_of_them) == 61


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
