"""Nearest neighbours among 64-bit hashes."""

import numpy as np
from gld_lists.images.hamming import MAX_DISTANCE, nearest, nearest_earlier
from hypothesis import given
from hypothesis import strategies as st


@st.composite
def alike_hashes(draw):
    """Draw random hashes, and others that differ from them in few bits or none."""
    kept = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4))
    flips = st.lists(st.integers(0, 63), max_size=MAX_DISTANCE + 2)
    others = draw(st.lists(st.tuples(st.sampled_from(kept), flips), max_size=12))
    for value, bits in others:
        for bit in bits:
            value ^= 1 << bit
        kept.append(value)
    return np.array(draw(st.permutations(kept)), np.uint64)


def brute_force(query, base, within):
    """Find the first of the nearest hashes by comparing with all."""
    distances = [(int(query) ^ int(other)).bit_count() for other in base]
    best = min(distances, default=65)
    return (distances.index(best), best) if best <= within else (-1, -1)


def found(result):
    return list(zip(result.rows.tolist(), result.distances.tolist(), strict=True))


@given(alike_hashes(), alike_hashes(), st.integers(0, MAX_DISTANCE))
def test_nearest_equals_brute_force(queries, base, within):
    base = np.concatenate([base, queries[::2]])
    expected = [brute_force(query, base, within) for query in queries]
    assert found(nearest(queries, base, within)) == expected


@given(alike_hashes(), st.integers(0, MAX_DISTANCE))
def test_nearest_earlier_equals_brute_force(hashes, within):
    expected = [brute_force(value, hashes[:row], within) for row, value in enumerate(hashes)]
    assert found(nearest_earlier(hashes, within)) == expected


def test_more_comparisons_than_fit_in_a_block(monkeypatch):
    monkeypatch.setattr("gld_lists.images.hamming._BLOCK", 7)
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**10, 300, dtype=np.uint64) << np.uint64(20)
    expected = [brute_force(value, hashes[:row], 5) for row, value in enumerate(hashes)]
    assert found(nearest_earlier(hashes, 5)) == expected


def test_no_hashes():
    none = np.zeros(0, np.uint64)
    assert found(nearest_earlier(none, 3)) == found(nearest(none, none, 3)) == []
    assert found(nearest(np.ones(1, np.uint64), none, 3)) == [(-1, -1)]
