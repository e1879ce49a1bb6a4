import numpy as np
from gld_shared.search import compiled_sums
from gld_shared.search.compiled_sums import compiled_products, rounded_as
from gld_shared.search.exact_scores import pair_products
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
    products, errors = compiled_products(left, left_rows, right, right_rows)
    assert (np.abs(products - expected) <= errors).all()
    found = rounded_as(lambda which: expected[which], products, errors)
    assert found.tobytes() == expected.astype("f4").tobytes()


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
    products, _ = compiled_products(left, rows, right, rows)
    assert products.tolist() == [5, 5, 5]
    assert compiled_sums._sum_pairs.nopython_signatures  # compiled, not interpreted
