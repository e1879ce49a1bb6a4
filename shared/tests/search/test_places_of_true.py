"""The places of true values."""

import numpy as np
from gld_shared.search.places_of_true import places_of_true
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 200), st.sets(st.integers(0, 199)))
def test_equals_flatnonzero(count, true):
    values = np.isin(np.arange(count), list(true))
    places = places_of_true(values)
    assert places.dtype == np.int64
    assert places.tolist() == np.flatnonzero(values).tolist()


def test_few_of_many():
    values = np.zeros(1003, np.bool_)
    values[[0, 7, 8, 500, 999, 1000, 1002]] = True
    assert places_of_true(values).tolist() == [0, 7, 8, 500, 999, 1000, 1002]
