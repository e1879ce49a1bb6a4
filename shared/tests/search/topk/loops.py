"""Slow searches, and vectors to search."""

from typing import get_args

import numpy as np
import pytest
from gld_shared.search import exact_scores, scan
from gld_shared.search import topk as module
from gld_shared.search.precision import Precision
from gld_shared.search.topk import topk_arrays
from hypothesis import strategies as st

PRECISIONS = get_args(Precision)
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


def check_each_precision(queries, index, k, block_rows):
    expected = slow(queries, index, k)
    for precision in PRECISIONS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "fastest", lambda *_, chosen=precision: chosen)
            for compiles in (exact_scores, scan):
                patch.setattr(
                    compiles, "is_compiled", lambda *_, chosen=precision: chosen != "float32"
                )
            assert_equal(topk_arrays(queries, index, k, block_rows=block_rows), expected)
