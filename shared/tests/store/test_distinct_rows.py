import numpy as np
from gld_shared.store.distinct_rows import distinct_rows
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 300), st.data())
def test_as_numpy_sorts_them(n, data):
    rows = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=40)), np.int64)
    distinct, places = distinct_rows(rows, n)
    expected, expected_places = np.unique(rows, return_inverse=True)
    assert distinct.tolist() == expected.tolist()
    assert places.tolist() == expected_places.tolist()
