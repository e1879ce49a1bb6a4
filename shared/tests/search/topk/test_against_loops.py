"""The k best of all pairs, as a loop over all of them finds them."""

import numpy as np
from gld_shared.search.topk import topk_arrays
from hypothesis import given, settings
from hypothesis import strategies as st

from .loops import SHAPES, check_each_precision, slow, unit


@settings(max_examples=60, deadline=None)
@given(**SHAPES)
def test_equals_a_plain_loop(n, q, d, k, block_rows, seed):
    # Small integers make ties, and sums that are exact in any order.
    random = np.random.default_rng(seed)
    queries = random.integers(-2, 3, (q, d)).astype(np.float32)
    index = random.integers(-2, 3, (n, d)).astype(np.float32)
    check_each_precision(queries, index, k, block_rows)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["halves", "half steps", "scales", "tiny", "tiny squares", "copies"]),
    **SHAPES,
)
def test_vectors_made_against_the_bounds(kind, n, q, d, k, block_rows, seed):
    random = np.random.default_rng(seed)
    queries, index = (random.standard_normal((m, d), dtype=np.float32) for m in (q, n))
    if kind == "halves":  # Each value lies in the middle between two bfloat16 numbers.
        queries, index = (
            ((x.view(np.uint32) & 0xFFFF0000) | 0x8000).view(np.float32) for x in (queries, index)
        )
    elif kind == "half steps":  # Each value lies in the middle between two 16-bit integers.
        steps = 1.001 * np.linalg.norm(index, axis=1, keepdims=True) / 32_000
        index = ((np.floor(index / steps) + 0.5) * steps).astype(np.float32)
    elif kind == "scales":  # One long vector widens the bound of its block.
        index *= (10.0 ** random.integers(-6, 7, (n, 1))).astype(np.float32)
    elif kind == "tiny":  # Below the smallest normal number, which processors take for 0.
        index *= np.float32(1e-38)
    elif kind == "tiny squares":  # The squares are 0 in float32, but not the products.
        index = (1e-24 * (index[0] + 1e-3 * index)).astype(np.float32)
    else:  # Copies that differ in the last bit.
        index[:] = index[0]
        index.view(np.uint32)[:] += random.integers(0, 2, (n, d)).astype(np.uint32)
    check_each_precision(queries, index, k, block_rows)


@settings(max_examples=30, deadline=None)
@given(weight=st.sampled_from([0.1, 1 / 3, -0.7, 1e-6, 1e6]), **SHAPES)
def test_queries_in_float64_are_not_rounded(weight, n, q, d, k, block_rows, seed):
    # Near copies, whose order would change if the weighted queries were rounded to float32.
    random = np.random.default_rng(seed)
    queries = random.standard_normal((q, d), dtype=np.float32) * np.float64(weight)
    index = np.repeat(random.standard_normal((1, d), dtype=np.float32), n, axis=0)
    index.view(np.uint32)[:] += random.integers(0, 2, (n, d)).astype(np.uint32)
    check_each_precision(queries, index, k, block_rows)


def test_unit_vectors_equal_numpy():
    queries, index = unit(7, 64, 0), unit(900, 64, 1)
    scores, rows = topk_arrays(queries, index, 20)
    expected_scores, expected_rows = slow(queries, index, 20)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-7)
    np.testing.assert_array_equal(rows, expected_rows)


def test_equal_scores_are_in_row_order():
    queries = np.ones((1, 4), np.float32)
    scores, rows = topk_arrays(queries, np.ones((500, 4), np.float32), 10, block_rows=64)
    assert rows.tolist() == [list(range(10))]
    assert scores.tolist() == [[4.0] * 10]


def test_fewer_rows_than_k_and_none_at_all():
    scores, rows = topk_arrays(unit(2, 4, 0), unit(3, 4, 1), 10)
    assert scores.shape == rows.shape == (2, 3)
    scores, rows = topk_arrays(unit(2, 4, 0), np.empty((0, 4), np.float32), 10)
    assert scores.shape == rows.shape == (2, 0)
    scores, rows = topk_arrays(np.empty((0, 4), np.float32), unit(3, 4, 1), 10)
    assert scores.shape[0] == rows.shape[0] == 0
