"""Shares of tags in votes, against a loop over queries."""

import numpy as np
from gld_rerank.landmark.shares import share_out
from hypothesis import given, settings
from hypothesis import strategies as st


def slow_shares(tags, votes):
    """Sum the votes of each query's tags, one after the other."""
    found, scores, shares = [], [], []
    for named, values in zip(tags.tolist(), votes.tolist(), strict=True):
        names = sorted(set(named))
        sums = {name: 0.0 for name in names}
        counted = {name: 0.0 for name in names}
        for name, value in zip(named, values, strict=True):
            sums[name] += value
            counted[name] += max(value, 0)
        total = np.clip(values, 0, None).sum()
        empty = len(named) - len(names)
        found.append(names + [-1] * empty)
        scores.append([sums[name] for name in names] + [0.0] * empty)
        parts = [counted[name] / total if total else 0.0 for name in names]
        shares.append(parts + [0.0] * empty)
    return found, scores, shares


def test_votes_of_a_tag_are_summed_and_those_below_0_have_no_share():
    tags = np.array([[7, 4, 7], [-1, 5, -1], [3, 3, 3]])
    votes = np.array([[0.5, 0.25, 0.25], [0.5, -1.0, 0.5], [0.0, -1.0, 0.0]])
    found = share_out(tags, votes)
    assert found.tags.tolist() == [[4, 7, -1], [-1, 5, -1], [3, -1, -1]]
    assert found.scores.tolist() == [[0.25, 0.75, 0], [1, -1, 0], [-1, 0, 0]]
    assert found.shares.tolist() == [[0.25, 0.75, 0], [1, 0, 0], [0, 0, 0]]


@settings(max_examples=100, deadline=None)
@given(q=st.integers(0, 6), v=st.integers(1, 12), kinds=st.integers(1, 5), seed=st.integers(0, 999))
def test_shares_equal_a_loop(q, v, kinds, seed):
    random = np.random.default_rng(seed)
    tags = random.integers(-1, kinds, (q, v))
    votes = random.choice([0.1, 0.7, -0.3, 0.0, random.random()], (q, v))
    found = share_out(tags, votes)
    expected = slow_shares(tags, votes)
    assert [found.tags.tolist(), found.scores.tolist(), found.shares.tolist()] == list(expected)
