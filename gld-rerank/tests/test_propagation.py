"""Feature propagation against the recipe's values, and against dense matrices."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.propagation.rerank import propagate_features
from gld_shared.testing import run, small_store
from hypothesis import given, settings
from hypothesis import strategies as st

RECIPE = Path(__file__).parent / "fixtures" / "recipe" / "propagation.npz"


@pytest.mark.parametrize("rounds", [1, 2])
def test_the_recipe_s_propagation_with_its_sort_corrected(searched, rounds):
    values = np.load(RECIPE)
    x, expected = values["x"], values[f"y{rounds}_f32_descending_sort"]
    reranking = propagate_features(searched(x[40:], x[:40]), graph_k=47, rounds=rounds)
    scores, rows = reranking.rank(slice(0, 8))
    products = expected[40:] @ expected[:40].T
    np.testing.assert_allclose(scores, -np.sort(-products), atol=1e-5)
    np.testing.assert_allclose(scores, np.take_along_axis(products, rows, 1), atol=1e-5)


def slow_propagation(vectors, graph_k, top, beta, rounds, sign=-1):
    """Mix vectors (n, d) by a dense matrix of weights in each round; with sign 1, as written."""
    n = len(vectors)

    def nearest(similarities, among, count):
        """The most similar of some nodes, the lower first if equal, but not the node itself."""
        return [
            sorted(
                set(among[row]) - {row}, key=lambda o, row=row: (sign * similarities[row, o], o)
            )[:count]
            for row in range(n)
        ]

    def similarities_of(vectors):
        return (vectors.astype(np.float64) @ vectors.T.astype(np.float64)).astype(np.float32)

    candidates = nearest(similarities_of(vectors), [range(n)] * n, max(graph_k, top - 1))
    for _ in range(rounds):
        similarities = similarities_of(vectors)
        weights = np.diag(np.full(n, np.exp(1 / beta)))
        for row, others in enumerate(nearest(similarities, candidates, top - 1)):
            weights[row, others] = np.exp(similarities[row, others].astype(np.float64) / beta)
        mixed = weights / np.sqrt(weights.sum(axis=0)) @ vectors
        vectors = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    return vectors


@pytest.mark.parametrize("rounds", [1, 2])
def test_the_slow_propagation_equals_the_recipe_s_with_either_sort(rounds):
    """As written, it mixes in the 5 least similar; the node itself is never among these."""
    values = np.load(RECIPE)
    x, top, beta = values["x"], int(values["k1"]), float(values["beta"])
    corrected = slow_propagation(x, 47, top, beta, rounds)
    np.testing.assert_allclose(corrected, values[f"y{rounds}_f32_descending_sort"], atol=1e-5)
    as_written = slow_propagation(x, 47, top + 1, beta, rounds, sign=1)
    np.testing.assert_allclose(as_written, values[f"y{rounds}_f32_as_written"], atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 25),
    st.integers(1, 25),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(1, 30),
)
def test_propagation_equals_dense_matrices(searched, seed, n, distinct, graph_k, top, rounds, k):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(distinct, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = vectors[generator.integers(0, distinct, n)]
    # The second query is an image of the index.
    queries, ids = vectors[generator.integers(0, distinct, 3)], ["q0", "i000", "q2"]
    queries[1] = index[0]
    reranking = propagate_features(
        searched(queries, index, query_ids=ids), None, graph_k, top, 0.2, rounds, k
    )
    found, rows = reranking.rank(slice(0, 3))
    mixed = slow_propagation(np.concatenate([index, queries[[0, 2]]]), graph_k, top, 0.2, rounds)
    products = mixed[[n, 0, n + 1]] @ mixed[:n].T
    products[1, 0] = -np.inf  # the image itself
    expected = -np.sort(-products)[:, :k]
    present = np.isfinite(expected)
    assert (rows[:, : present.shape[1]] >= 0).tolist() == present.tolist()
    # Copies may be mixed with other images of the same similarity, by the last bits of sums.
    np.testing.assert_allclose(found[present], expected[present], atol=1e-5)


def test_the_command_says_what_a_query_was_mixed_with(tmp_path):
    ids = [f"i{row:02}" for row in range(30)]
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", ids, seed=2)
    table, graph = tmp_path / "n.tsv", tmp_path / "graph.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    assert run(["gld-search", index, "--index", index, "-k", 20, "-o", graph]).exit_code == 0
    computed = run(["gld-rerank", "propagate", table])
    assert computed.exit_code == 0, computed.stderr
    given_graph = run(["gld-rerank", "propagate", table, "--graph", graph])
    assert computed.stdout.splitlines()[1:] == given_graph.stdout.splitlines()[1:]
    explained = run(["gld-rerank", "propagate", table, "--explain", "a"]).stdout.splitlines()
    assert all(line.startswith("mixed with ") for line in explained[:4])
    shares = [float(line.rpartition(" ")[2]) for line in explained[:4]]
    assert shares == sorted(shares, reverse=True) and sum(shares) < 1
    assert explained[4].split()[-1] == "similarity"
