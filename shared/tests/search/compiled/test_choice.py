import numpy as np
from gld_shared.search.compiled.choice import chosen_keys
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=60, deadline=None)
@given(
    queries=st.integers(1, 9),
    width=st.integers(1, 600),
    wide=st.booleans(),
    share=st.sampled_from([0, 0.001, 0.05, 1]),
    seed=st.integers(0, 99),
)
def test_chosen_are_the_places_where_numpy_compares_true(queries, width, wide, share, seed):
    random = np.random.default_rng(seed)
    keys = random.integers(-3000, 3000, (queries, width)).astype(np.int32 if wide else np.int16)
    least = np.quantile(keys, 1 - share, axis=1).astype(keys.dtype) + (share == 0)
    expected = np.nonzero(keys >= least[:, None])
    count = len(expected[0])
    found = chosen_keys(keys, least, count)
    for part, other in zip(found, (*expected, keys[expected]), strict=True):
        np.testing.assert_array_equal(part, other)
    if count:
        assert chosen_keys(keys, least, count - 1) is None
