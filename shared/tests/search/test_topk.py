import numpy as np
import pytest
from gld_shared.search.blocks import array_blocks
from gld_shared.search.bonus import Bonus
from gld_shared.search.topk import topk, topk_arrays
from hypothesis import given, settings
from hypothesis import strategies as st


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


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 120),
    q=st.integers(1, 30),
    d=st.integers(1, 20),
    k=st.integers(1, 130),
    block_rows=st.integers(1, 130),
    seed=st.integers(0, 99),
)
def test_equals_a_plain_loop(n, q, d, k, block_rows, seed):
    # Small integers make ties, and sums that are exact in any order.
    random = np.random.default_rng(seed)
    queries = random.integers(-2, 3, (q, d)).astype(np.float32)
    index = random.integers(-2, 3, (n, d)).astype(np.float32)
    scores, rows = topk_arrays(queries, index, k, block_rows=block_rows)
    expected_scores, expected_rows = slow(queries, index, k)
    np.testing.assert_array_equal(scores, expected_scores)
    np.testing.assert_array_equal(rows, expected_rows)
    assert (scores.dtype, rows.dtype) == (np.float32, np.int64)


def test_unit_vectors_equal_numpy():
    queries, index = unit(7, 64, 0), unit(900, 64, 1)
    scores, rows = topk_arrays(queries, index, 20)
    expected_scores, expected_rows = slow(queries, index, 20)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-7)
    np.testing.assert_array_equal(rows, expected_rows)


@pytest.mark.parametrize("block_rows", [41, 512, 3000, 5000])
@pytest.mark.parametrize("chunk", [1, 19, 60])
def test_same_bits_for_any_block_and_any_number_of_queries(block_rows, chunk):
    # Copies and near copies: products that only differ in the last bits, if at all.
    centres = unit(30, 96, 2)
    index = np.repeat(centres, 100, axis=0)
    index[::3] += 1e-7
    queries = np.concatenate([centres, unit(30, 96, 3)])
    expected = topk_arrays(queries, index, 50)
    parts = [
        topk_arrays(queries[first : first + chunk], index, 50, block_rows=block_rows)
        for first in range(0, 60, chunk)
    ]
    np.testing.assert_array_equal(np.concatenate([part[0] for part in parts]), expected[0])
    np.testing.assert_array_equal(np.concatenate([part[1] for part in parts]), expected[1])


def test_same_bits_for_any_number_of_threads():
    import faiss

    queries, index = unit(200, 128, 4), unit(4000, 128, 5)
    threads, results = faiss.omp_get_max_threads(), []
    try:
        for count in (1, 2, 5):
            faiss.omp_set_num_threads(count)
            results.append(topk_arrays(queries, index, 30))
    finally:
        faiss.omp_set_num_threads(threads)
    for scores, rows in results[1:]:
        np.testing.assert_array_equal(scores, results[0][0])
        np.testing.assert_array_equal(rows, results[0][1])


def test_equal_scores_are_in_row_order():
    queries = np.ones((1, 4), np.float32)
    scores, rows = topk_arrays(queries, np.ones((500, 4), np.float32), 10, block_rows=64)
    assert rows.tolist() == [list(range(10))]
    assert scores.tolist() == [[4.0] * 10]


def test_bonus_is_added_before_choosing():
    queries, index = unit(5, 16, 6), unit(300, 16, 7)
    added = np.random.default_rng(8).choice([0, 0.1, 1.1], (5, 300))
    bonus = Bonus(
        lambda rows, start, stop: added[rows, start:stop].astype(np.float32),
        lambda rows, columns: added[rows, columns],
    )
    scores, rows = topk(queries, array_blocks(index, 70), 25, bonus=bonus)
    total = queries.astype(float) @ index.T.astype(float) + added
    np.testing.assert_array_equal(rows, np.argsort(-total, axis=1)[:, :25])
    np.testing.assert_allclose(scores, -np.sort(-total, axis=1)[:, :25], atol=1e-6)


def test_fewer_rows_than_k_and_none_at_all():
    scores, rows = topk_arrays(unit(2, 4, 0), unit(3, 4, 1), 10)
    assert scores.shape == rows.shape == (2, 3)
    scores, rows = topk_arrays(unit(2, 4, 0), np.empty((0, 4), np.float32), 10)
    assert scores.shape == rows.shape == (2, 0)
    scores, rows = topk_arrays(np.empty((0, 4), np.float32), unit(3, 4, 1), 10)
    assert scores.shape[0] == rows.shape[0] == 0


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="dimension"):
        topk_arrays(unit(2, 4, 0), unit(3, 5, 1), 10)
    with pytest.raises(ValueError, match="k is 0"):
        topk_arrays(unit(2, 4, 0), unit(3, 4, 1), 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("side", ["queries", "index"])
def test_vectors_without_a_bound_on_their_products_are_refused(side, value):
    vectors = {"queries": unit(3, 4, 0) * np.float32(1e10), "index": unit(20, 4, 1)}
    vectors[side][2, 1] = value
    with pytest.raises(ValueError, match="a vector is not finite, or too long for float32"):
        topk_arrays(vectors["queries"], vectors["index"], 2)
