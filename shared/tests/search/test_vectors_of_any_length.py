"""Vectors near the limits of float32: the right neighbours, or an error, and never a warning."""

from typing import get_args

import numpy as np
import pytest
from gld_shared.search import guesses, topk
from gld_shared.search.index import ArrayIndex
from gld_shared.search.precision import Precision
from hypothesis import given, settings
from hypothesis import strategies as st

REFUSED = "a vector is not finite, or too long for float32 products"


def slow(queries, index, k):
    """Sum each pair in more than float64, round, and sort ties by row."""
    products = queries.astype(np.longdouble) @ index.astype(np.longdouble).T
    scores = products.astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), order


def longest(vectors):
    return np.linalg.norm(vectors.astype(np.longdouble), axis=1).max()


@settings(max_examples=200, deadline=None)
@given(
    exponent=st.integers(-149, 200),
    limit=st.integers(-149, 128),
    precise=st.booleans(),
    precision=st.sampled_from(get_args(Precision)),
    seed=st.integers(0, 99),
)
def test_the_right_neighbours_or_an_error(exponent, limit, precise, precision, seed):
    random = np.random.default_rng(seed)
    # Small integers, times powers of two, have sums that are exact in any order.
    queries = random.integers(-3, 4, (4, 8)) * 2.0**exponent
    index = random.integers(-3, 4, (30, 8)) * 2.0 ** np.clip(limit - exponent, -149, 125)
    index = index.astype(np.float32)
    if not precise:
        with np.errstate(over="ignore"):
            queries = queries.astype(np.float32)
    try:
        scores, rows = topk.topk(queries, ArrayIndex(index), 5, precision=precision)
    except ValueError as error:
        assert str(error) == REFUSED
        lengths = longest(queries), longest(index)
        assert max(lengths) > 2.0**62 or lengths[0] * lengths[1] > 2.0**126
        return
    expected = slow(queries, index, 5)
    np.testing.assert_array_equal(scores, expected[0])
    np.testing.assert_array_equal(rows, expected[1])


@pytest.mark.parametrize("precision", get_args(Precision))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
@pytest.mark.parametrize("side", ["queries", "index"])
def test_a_sample_of_vectors_that_are_not_finite_is_refused(
    side, value, dtype, precision, monkeypatch
):
    monkeypatch.setattr(guesses, "_SAMPLE", 64)
    queries = np.ones((3, 4), dtype)
    index = np.random.default_rng(0).standard_normal((600, 4)).astype(np.float32)
    if side == "queries":
        queries[1, 2] = value
    else:
        index[::7] = value
    with pytest.raises(ValueError, match=REFUSED):
        topk.topk(queries, ArrayIndex(index), 2, precision=precision)
