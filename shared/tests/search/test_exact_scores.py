import numpy as np
import pytest
from gld_shared.search.compiled import sums as compiled_sums
from gld_shared.search.compiled.sums import compiled_products, products_of_stored, rounded_as
from gld_shared.search.error_bounds import lengths_of
from gld_shared.search.exact_scores import pair_products
from gld_shared.search.stored_rows import StoredRows
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=60, deadline=None)
@given(
    dimension=st.integers(1, 700),
    scale=st.sampled_from([1e-30, 1e-3, 1, 1e12]),
    wide=st.booleans(),
    seed=st.integers(0, 99),
)
def test_compiled_sums_are_within_their_bound_and_round_to_the_same_bits(
    dimension, scale, wide, seed
):
    random = np.random.default_rng(seed)
    left = random.standard_normal((7, dimension)).astype("f8" if wide else "f4")
    right = (scale * random.standard_normal((9, dimension))).astype("f4")
    right[0] = 0
    left_rows, right_rows = random.integers(0, 7, 200), random.integers(0, 9, 200)
    expected = pair_products(left, left_rows, right, right_rows)
    products, errors = compiled_products(left, lengths_of(left), left_rows, right, right_rows)
    assert (np.abs(products - expected) <= errors).all()
    found = rounded_as(lambda which: expected[which], products, errors)
    assert found.tobytes() == expected.astype("f4").tobytes()


@pytest.mark.parametrize("dimension", [1, 100, 5000, 8192, 8193, 10_000, 16_384, 20_001])
def test_a_pair_has_the_same_sum_in_any_company(dimension):
    random = np.random.default_rng(0)
    left = random.standard_normal((3, dimension))
    right = random.standard_normal((20, dimension)).astype("f4")
    left_rows, right_rows = random.integers(0, 3, 50), random.integers(0, 20, 50)
    together = pair_products(left, left_rows, right, right_rows)
    alone = [
        pair_products(left, left_rows[[pair]], right, right_rows[[pair]]) for pair in range(50)
    ]
    assert together.tobytes() == np.concatenate(alone).tobytes()


def test_pairs_near_the_middle_between_two_numbers_are_summed_again():
    middle = 1 + 2.0**-24
    sums = np.array([middle + 2e-16, middle + 1e-12, 0.0, -0.5])
    again = []

    def exact(which):
        again.extend(which)
        return np.array([middle - 2e-16, -0.0])

    found = rounded_as(exact, sums, np.full(4, 1e-15))
    assert again == [0, 2]
    assert found.tobytes() == np.array([1, 1 + 2.0**-23, -0.0, -0.5], "f4").tobytes()


def test_other_layouts_of_memory():
    left, right = np.ones((6, 5), "f4", order="F"), np.ones((4, 5), "f4")[::2]
    rows = np.array([0, 1, 1])
    products, _ = compiled_products(left, lengths_of(left), rows, right, rows)
    assert products.tolist() == [5, 5, 5]
    assert compiled_sums._sum_pairs.nopython_signatures  # compiled, not interpreted


FINITE = st.integers(0, 0xFFFF).filter(lambda bits: bits & 0x7C00 != 0x7C00)
SMALL_OR_LARGE = st.sampled_from([0, 1, 0x3FF, 0x400, 0x7BFF, 0x8000, 0x8001, 0x83FF, 0xFBFF])


@settings(max_examples=60, deadline=None)
@given(
    bits=st.lists(FINITE | SMALL_OR_LARGE, min_size=1, max_size=120),
    wide=st.booleans(),
    seed=st.integers(0, 99),
)
def test_float16_rows_are_widened_exactly(bits, wide, seed):
    random = np.random.default_rng(seed)
    right = np.array([bits, bits[::-1], random.permutation(bits)], np.uint16).view(np.float16)
    left = random.standard_normal((7, len(bits))).astype("f8" if wide else "f4")
    rows, counts, left_rows = np.array([0, 2]), np.array([20, 30]), random.integers(0, 7, 50)
    expected = pair_products(left, left_rows, right.astype("f4"), np.repeat(rows, counts))
    stored = [StoredRows(right, rows[:1]), StoredRows(right[1:], rows[1:] - 1)]
    products, errors = products_of_stored(left, lengths_of(left), left_rows, stored, counts)
    assert (np.abs(products - expected) <= errors).all()


def test_each_finite_float16_is_widened_exactly():
    right = np.arange(0x10000, dtype=np.uint16).view(np.float16).reshape(-1, 1)
    rows = np.flatnonzero(np.isfinite(right))
    one, counts = np.ones((1, 1), "f4"), np.ones(len(rows), np.int64)
    stored, zeros = [StoredRows(right, rows)], np.zeros(len(rows), np.int64)
    products, _ = products_of_stored(one, np.ones(1), zeros, stored, counts)
    np.testing.assert_array_equal(products, right[rows, 0].astype("f8"))
