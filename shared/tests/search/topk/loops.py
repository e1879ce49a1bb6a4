"""Slow searches, and vectors to search."""

import numpy as np
import pytest
from gld_shared.search import exact_scores, scan
from gld_shared.search import topk as module
from gld_shared.search.topk import topk_arrays
from hypothesis import strategies as st

SHAPES = {
    "n": st.integers(1, 120),
    "q": st.integers(1, 30),
    "d": st.integers(1, 20),
    "k": st.integers(1, 130),
    "block_rows": st.integers(1, 130),
    "seed": st.integers(0, 99),
}


def slow(queries, index, k):
    """Sum each pair in float64, round, and sort ties by row."""
    products = np.array(
        [[(q * x).sum() for x in index.astype(float)] for q in queries.astype(float)]
    )
    scores = products.astype(np.float32).reshape(len(queries), len(index))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), order


def unit(count, dimension, seed):
    vectors = np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def assert_equal(found, expected):
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert (found[0].dtype, found[1].dtype) == (np.float32, np.int64)


def check_in_both_formats(queries, index, k, block_rows):
    expected = slow(queries, index, k)
    for bfloat16 in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "is_worth_it", lambda _, chosen=bfloat16: chosen)
            for compiles in (exact_scores, scan):
                patch.setattr(compiles, "is_compiled", lambda *_, chosen=bfloat16: chosen)
            assert_equal(topk_arrays(queries, index, k, block_rows=block_rows), expected)
