"""The search on a GPU, whose code runs on torch's CPU too."""

import numpy as np
import pytest
import torch
from gld_shared.search.gpu import exact_scores, topk, uploads
from gld_shared.search.gpu.full_float32 import full_float32
from gld_shared.search.gpu.topk import topk_on_gpu
from gld_shared.search.index import ArrayIndex, blocks_of
from gld_shared.search.topk import topk_arrays
from hypothesis import given, settings
from hypothesis import strategies as st


def unit(count, dimension, seed):
    vectors = np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def assert_same_bits(found, expected):
    assert (found[0].dtype, found[1].dtype) == (np.float32, np.int64)
    assert found[0].shape == expected[0].shape
    assert found[0].tobytes() == expected[0].tobytes()
    np.testing.assert_array_equal(found[1], expected[1])


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 120),
    q=st.integers(1, 30),
    d=st.integers(1, 20),
    k=st.integers(1, 130),
    block_rows=st.integers(1, 130),
    values_at_once=st.integers(1, 400),
    whole=st.booleans(),
    seed=st.integers(0, 99),
)
def test_equals_the_cpu(n, q, d, k, block_rows, values_at_once, whole, seed):
    random = np.random.default_rng(seed)
    if whole:  # Small integers make ties, and scores of 0 of either sign.
        queries, index = (random.integers(-2, 3, (m, d)).astype(np.float32) for m in (q, n))
    else:
        queries, index = unit(q, d, seed), unit(n, d, seed + 100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topk, "_BLOCK_VALUES", values_at_once)
        patch.setattr(topk, "_PRODUCTS", 2 * values_at_once)
        patch.setattr(exact_scores, "_PAIR_VALUES", values_at_once)
        found = topk_on_gpu(queries, blocks_of(ArrayIndex(index), block_rows), k, "cpu")
    assert_same_bits(found, topk_arrays(queries, index, k))


def test_copies_and_near_copies():
    index = np.repeat(unit(30, 96, 2), 100, axis=0)
    index[::3] += 1e-7
    queries = unit(40, 96, 3) + index[:40]
    found = topk_on_gpu(queries, blocks_of(ArrayIndex(index), 512), 250, "cpu")
    assert_same_bits(found, topk_arrays(queries, index, 250))


def test_sums_near_the_middle_of_two_numbers_are_computed_by_the_cpu(monkeypatch):
    # 1 + 2^-24 is the middle between 1 and the next float32; another order may add 2^-60 to it.
    queries = np.array([[1.0, 2.0**-24, 2.0**-60, 0.0]], np.float32)
    index = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]], np.float32)
    asked = []

    def recorded(*arguments):
        asked.append(arguments[2].tolist())
        return pair_products(*arguments)

    pair_products = exact_scores.pair_products
    monkeypatch.setattr(exact_scores, "pair_products", recorded)
    found = topk_on_gpu(queries, blocks_of(ArrayIndex(index)), 3, "cpu")
    assert asked == [index[:2].tolist()]
    assert_same_bits(found, topk_arrays(queries, index, 3))


def test_parts_of_an_index():
    index = np.arange(14, dtype=np.float32).reshape(7, 2)
    cpu = topk.torch.device("cpu")
    blocks = [(0, index[:2]), (2, index[2:3]), (3, index[3:7])]
    parts = [
        (part.start, part.vectors.tolist(), part.longest)
        for part in uploads.uploads(iter(blocks), 3, 2, cpu)
    ]
    lengths = np.linalg.norm(index.astype(float), axis=1)
    assert parts == [
        (0, index[:3].tolist(), pytest.approx(lengths[2])),
        (3, index[3:].tolist(), pytest.approx(lengths[6])),
    ]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("side", ["queries", "index"])
def test_vectors_without_a_bound_on_their_products_are_refused(side, value):
    vectors = {"queries": unit(3, 4, 0) * np.float32(1e10), "index": unit(20, 4, 1)}
    vectors[side][2, 1] = value
    with pytest.raises(ValueError, match="a vector is not finite, or too long for float32"):
        topk_on_gpu(vectors["queries"], blocks_of(ArrayIndex(vectors["index"])), 2, "cpu")


def test_another_dimension():
    with pytest.raises(ValueError, match=r"^block has dimension 3, queries 2$"):
        topk_on_gpu(unit(2, 2, 0), blocks_of(ArrayIndex(unit(4, 3, 1))), 1, "cpu")


@pytest.mark.gpu
@pytest.mark.parametrize("k", [1, 100, 10_000])
def test_a_gpu_gives_the_same_bits(k):
    queries, index = unit(200, 512, 4), unit(40_000, 512, 5)
    assert_same_bits(topk_arrays(queries, index, k, "cuda"), topk_arrays(queries, index, k))


@pytest.mark.parametrize("allowed", ["tf32", "none"])
def test_products_are_those_of_float32_whatever_the_program_allows(monkeypatch, allowed):
    products, used = torch.backends.cuda.matmul, []

    def recorded(*arguments):
        used.append(products.fp32_precision)
        return candidates(*arguments)

    candidates, before = topk._candidates, products.fp32_precision
    queries, index = unit(40, 64, 0), unit(4000, 64, 1)
    monkeypatch.setattr(topk, "_candidates", recorded)
    torch.set_default_dtype(torch.float64)
    products.fp32_precision = allowed
    try:
        with torch.autocast("cpu"):
            found = topk_on_gpu(queries, blocks_of(ArrayIndex(index)), 50, "cpu")
        assert (set(used), products.fp32_precision) == ({"ieee"}, allowed)
    finally:
        products.fp32_precision = before
        torch.set_default_dtype(torch.float32)
    assert_same_bits(found, topk_arrays(queries, index, 50))


def test_tf32_is_allowed_again_after_the_last_of_several_searches():
    products = torch.backends.cuda.matmul
    before = products.fp32_precision
    products.fp32_precision = "tf32"
    try:
        first, second = full_float32("cpu"), full_float32("cpu")
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert products.fp32_precision == "ieee"
        second.__exit__(None, None, None)
        assert products.fp32_precision == "tf32"
    finally:
        products.fp32_precision = before
