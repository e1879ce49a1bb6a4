"""Image ids as integer keys."""

import polars as pl
import pytest
from gld_lists.gldv2.integer_ids import image_keys
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("ids", "integers"),
    [
        (["00000000000000ff", "ffffffffffffffff"], [255, 2**64 - 1]),
        (["00000000000000ff", "00000000000000FF"], None),
        (["00000000000000ff", "+0000000000000ff"], None),
        (["00000000000000ff", "ff"], None),
        (["00000000000000ff", "000000000000000gg"], None),
        (["photo 1", "Straße"], None),
        (["00000000000000ff\n"], None),
    ],
)
def test_ids_of_16_hexadecimal_digits_become_integers(ids, integers):
    assert image_keys(pl.Series(ids)).to_list() == (integers or ids)


digits = st.text("01aF+", min_size=15, max_size=17)


@given(st.lists(digits, min_size=1))
def test_keys_are_equal_exactly_where_ids_are(ids):
    assert image_keys(pl.Series(ids)).n_unique() == len(set(ids))
