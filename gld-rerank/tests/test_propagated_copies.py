"""Exact copies of an image have the same propagated vector, so they tie, in the order of rows."""

import numpy as np
import pytest
from gld_rerank.propagation import copies
from gld_rerank.propagation.copies import first_copies
from gld_rerank.propagation.rerank import propagate_features
from gld_shared.search.index import ArrayIndex
from hypothesis import given, settings
from hypothesis import strategies as st


def test_copies_are_found_at_their_first_row():
    vectors = np.float32([[1, 0], [0, 1], [1, -0.0], [0, 1], [1, 1], [0, 1]])
    assert first_copies(ArrayIndex(vectors)).tolist() == [0, 1, 0, 1, 4, 1]


def test_different_vectors_of_one_key_are_no_copies(monkeypatch):
    monkeypatch.setattr(copies, "_keys_of", lambda vectors: np.zeros(len(vectors), np.int64))
    vectors = np.float32([[1, 0], [0, 1], [1, 0]])
    assert first_copies(ArrayIndex(vectors)).tolist() == [0, 1, 0]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([np.float16, np.float32]),
    st.integers(1, 9),
    st.integers(1, 3),
)
@pytest.mark.parametrize("graph_k", [1, 20])
def test_copies_tie_in_the_order_of_rows(searched, graph_k, seed, dtype, top, rounds):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(20, 8)) + 1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors.astype(dtype).astype(np.float32)
    image = generator.integers(0, 20, 50)
    reranking = propagate_features(
        searched(vectors[:3], vectors[image]), None, graph_k, top, 0.2, rounds, 50
    )
    for scores, rows in zip(*reranking.rank(slice(0, 3)), strict=True):
        for copied in range(20):
            of_copies = np.flatnonzero(image[rows] == copied)
            assert len(set(scores[of_copies].tolist())) <= 1
            assert (np.diff(rows[of_copies]) > 0).all()
