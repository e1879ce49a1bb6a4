"""Queries joined to the graph of their index, against lists of all pairs."""

import numpy as np
from gld_rerank.graph.index_graph import index_graph
from gld_rerank.graph.joint import join_queries
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 12),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 6),
    st.sampled_from([0.0, 1e-7, 0.1]),
)
def test_lists_hold_the_nearest_images_and_queries(searched, seed, n, q, distinct, k, spread):
    """Queries close together are near all images, so each image has more of them than places."""
    generator = np.random.default_rng(seed)
    close = 1 + spread * generator.normal(size=(distinct, 4))
    queries = close[generator.integers(0, distinct, q)].astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    index = generator.normal(size=(n, 4)).astype(np.float32)
    found = searched(queries, index)
    joined = join_queries(found, index_graph(found, None, k), k).graph
    vectors = np.concatenate([index, queries]).astype(np.float64)
    similarities = (vectors @ vectors.T).astype(np.float32)
    np.fill_diagonal(similarities, -np.inf)
    for node, row in enumerate(similarities):
        expected = np.lexsort((np.arange(n + q), -row))[: min(k, n + q - 1)]
        assert joined.nodes[node].tolist() == expected.tolist()
        assert joined.similarities[node].tolist() == row[expected].tolist()
