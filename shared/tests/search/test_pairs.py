"""The best pairs of each query."""

import numpy as np
from gld_shared.search.pairs import Pairs, best_pairs
from hypothesis import given
from hypothesis import strategies as st

# Few scores, so that there are ties of two pairs and of more; -0 equals 0.
PAIR = st.tuples(st.integers(0, 3), st.integers(0, 40), st.sampled_from([-1.5, -0.0, 0.0, 2.0]))


def unique_places(pair):
    return pair[:2]


@given(st.lists(PAIR, unique_by=unique_places), st.integers(1, 9))
def test_equals_a_plain_sort(pairs, k):
    queries, rows, scores = (np.array([pair[at] for pair in pairs]) for at in range(3))
    queries, rows = queries.astype(np.int64), rows.astype(np.int64)
    found = best_pairs(Pairs(queries, rows, np.zeros(len(pairs), np.int16)), scores.astype("f4"), k)
    expected = []
    for query in range(4):
        own = [place for place in range(len(pairs)) if queries[place] == query]
        expected += sorted(own, key=lambda place: (-scores[place], rows[place]))[:k]
    assert found.tolist() == expected
