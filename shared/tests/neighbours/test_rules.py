"""The rules of ranked neighbours, against loops over queries and places."""

import numpy as np
from gld_shared.neighbours.rules import first_broken
from hypothesis import given, settings
from hypothesis import strategies as st

FAULTS = {
    "low": "a row is less than -1",
    "gap": "a neighbour comes after -1, which is none",
    "nan": "a score is not a number",
    "rise": "a score rises; expected best first",
    "twice": "a row of the index appears twice",
}


def slow_faults(rows, scores):
    """All faults of a query."""
    places = range(len(rows))
    if any(row < -1 for row in rows):
        yield FAULTS["low"]
    if any(rows[i] >= 0 > rows[i - 1] for i in places[1:]):
        yield FAULTS["gap"]
    if any(row >= 0 and np.isnan(score) for row, score in zip(rows, scores, strict=True)):
        yield FAULTS["nan"]
    if any(rows[i] >= 0 <= rows[i - 1] and scores[i] > scores[i - 1] for i in places[1:]):
        yield FAULTS["rise"]
    known = [row for row in rows if row >= 0]
    if len(set(known)) < len(known):
        yield FAULTS["twice"]


@settings(max_examples=200, deadline=None)
@given(
    n=st.integers(0, 5),
    k=st.integers(1, 5),
    faults=st.lists(st.sampled_from(list(FAULTS)), max_size=2),
    seed=st.integers(0, 999),
)
def test_the_first_query_that_breaks_a_rule_is_found(n, k, faults, seed):
    random = np.random.default_rng(seed)
    rows = np.array([random.permutation(9)[:k] for _ in range(n)], np.int64).reshape(n, k)
    scores = -np.sort(-random.choice([0.5, 0.25, -1, np.inf], (n, k))).astype(np.float32)
    for fault in faults if n else ():
        query, place = random.integers(0, n), random.integers(0, k)
        if fault in ("low", "gap"):
            rows[query, place] = -2 if fault == "low" else -1
        elif fault == "twice":
            rows[query, place] = rows[query, 0]
        else:
            scores[query, place] = np.nan if fault == "nan" else 2
    broken = [list(slow_faults(*pair)) for pair in zip(rows.tolist(), scores.tolist(), strict=True)]
    first = next((query for query, found in enumerate(broken) if found), None)
    found = first_broken(rows, scores)
    if first is None:
        assert found is None
    else:
        assert found is not None and found[0] == first and found[1] in broken[first]
