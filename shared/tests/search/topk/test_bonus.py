"""A score that is added to products before the best are chosen."""

import numpy as np
import pytest
import torch
from gld_shared.search import guesses
from gld_shared.search.bonus import Added, Bonus
from gld_shared.search.index import ArrayIndex
from gld_shared.search.topk import topk
from hypothesis import given, settings
from hypothesis import strategies as st

from .loops import PRECISIONS, SHAPES, assert_equal, unit


def bonus_of(added):
    """The bonus of a matrix of added scores (q, n)."""
    largest = float(np.abs(added).max())

    def of_block(shape, rows, start):
        return added[rows, start : start + shape[1]].astype(np.float32)

    def add_to(products, rows, start):
        products += of_block(products.shape, rows, start)
        return Added(1, largest)

    def add_to_bfloat16(bits, rows, start):
        products = torch.from_numpy(bits).view(torch.bfloat16)
        of_products = torch.from_numpy(of_block(bits.shape, rows, start))
        most = float(torch.where(of_products != 0, products, 0).abs().max())
        products.copy_(products.float() + of_products)
        return Added(1, largest, most)

    return Bonus(add_to, add_to_bfloat16, lambda rows, columns: added[rows, columns])


def slow_with_bonus(queries, index, added, k):
    """Sum each pair and its bonus in float64, round, and sort ties by row."""
    products = np.array(
        [[(q * x).sum() for x in index.astype(float)] for q in queries.astype(float)]
    )
    scores = (products.reshape(len(queries), len(index)) + added).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), order


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(["integers", "halves", "near", "long"]),
    bonuses=st.sampled_from([[0, 1], [0, 0.1, 1.1], [0, -0.7, 1e-3], [0, 1e4]]),
    times=st.sampled_from([1, 1000]),  # with a guess, where there are rows enough, and without
    **SHAPES,
)
def test_bonus_equals_a_plain_loop(kind, bonuses, times, n, q, d, k, block_rows, seed):
    random = np.random.default_rng(seed)
    if kind == "integers":  # ties
        queries, index = (random.integers(-2, 3, (m, d)).astype(np.float32) for m in (q, n))
    elif kind == "near":  # bfloat16 does not tell the sums apart
        queries, index = unit(q, d, seed), unit(1, d, seed + 1) + 1e-4 * unit(n, d, seed + 2)
    else:
        queries, index = unit(q, d, seed), unit(n, d, seed + 1)
    if kind == "halves":  # each value lies in the middle between two bfloat16 numbers
        index = ((index.view(np.uint32) & 0xFFFF0000) | 0x8000).view(np.float32)
    elif kind == "long":
        index *= (10.0 ** random.integers(-6, 7, (n, 1))).astype(np.float32)
    added = random.choice(bonuses, (q, n))
    expected = slow_with_bonus(queries, index, added, k)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("_SAMPLE", 16), ("_RUNS", 4), ("_TIMES", times)):
            patch.setattr(guesses, name, value)
        for precision in PRECISIONS:
            found = topk(
                queries, ArrayIndex(index), k, bonus=bonus_of(added), block_rows=block_rows,
                precision=precision,
            )  # fmt: skip
            assert_equal(found, expected)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_query_that_is_searched_again_keeps_its_bonus(monkeypatch, searched, precision):
    # The sample's rows, and no others, are near the second query; its bonus is below 0.
    monkeypatch.setattr(guesses, "_SAMPLE", 64)
    rows = guesses._sample(1000)
    index, queries = unit(1000, 16, 14), unit(3, 16, 15)
    index[rows] = queries[1] + 0.1 * unit(64, 16, 16)
    added = np.random.default_rng(17).choice([0, 0.1, 1.1], (3, 1000))
    added[1] = -added[1]
    bonus = bonus_of(added)
    found = topk(queries, ArrayIndex(index), 70, bonus=bonus, block_rows=100, precision=precision)
    assert_equal(found, slow_with_bonus(queries, index, added, 70))
    assert searched == [3, 1]


def test_bonus_is_added_before_choosing():
    queries, index = unit(5, 16, 6), unit(300, 16, 7)
    added = np.random.default_rng(8).choice([0, 0.1, 1.1], (5, 300))
    bonus = bonus_of(added)
    scores, rows = topk(queries, ArrayIndex(index), 25, bonus=bonus, block_rows=70)
    total = queries.astype(float) @ index.T.astype(float) + added
    np.testing.assert_array_equal(rows, np.argsort(-total, axis=1)[:, :25])
    np.testing.assert_allclose(scores, -np.sort(-total, axis=1)[:, :25], atol=1e-6)
