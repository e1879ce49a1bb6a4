"""Guesses of what the k best reach, which change no result."""

import numpy as np
import pytest
from gld_shared.search import guesses
from gld_shared.search.index import ArrayIndex
from gld_shared.search.topk import topk
from hypothesis import given, settings
from hypothesis import strategies as st

from .loops import check_each_precision, slow, unit


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["any", "sorted", "copies"]),
    too_high=st.booleans(),
    n=st.integers(160, 400),
    q=st.integers(1, 9),
    k=st.integers(1, 40),
    block_rows=st.integers(20, 130),
    seed=st.integers(0, 99),
)
def test_guesses_from_a_sample_change_nothing(kind, too_high, n, q, k, block_rows, seed):
    random = np.random.default_rng(seed)
    queries, index = random.standard_normal((q, 6)), random.standard_normal((n, 6))
    if kind == "sorted":  # the sample holds all that are near the first query, or none
        index = index[np.argsort(index @ queries[0])]
    elif kind == "copies":
        index[20:] = index[random.integers(0, 20, n - 20)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guesses, "_SAMPLE", 32)
        patch.setattr(guesses, "_RUNS", 4)
        if too_high:
            patch.setattr(guesses, "_place", lambda expected: 1)
        check_each_precision(queries.astype("f4"), index.astype("f4"), k, block_rows)


def test_images_in_the_order_of_their_landmarks_are_searched_once(searched):
    # 160 landmarks of 160 images; those of 64 are in the sample.
    landmarks = np.repeat(unit(160, 16, 17), 160, axis=0)
    index = landmarks + 0.2 * unit(len(landmarks), 16, 18)
    queries = unit(160, 16, 17) + 0.2 * unit(160, 16, 19)
    found = topk(queries, ArrayIndex(index), 100)
    np.testing.assert_array_equal(found[1][:9], slow(queries[:9], index, 100)[1])
    assert searched == [160]


def test_queries_with_a_guess_that_is_too_high_are_searched_again(monkeypatch, searched):
    # The sample's rows, and no others, are near the second query.
    monkeypatch.setattr(guesses, "_SAMPLE", 64)
    rows = guesses._sample(1000)
    index, queries = unit(1000, 16, 14), unit(3, 16, 15)
    index[rows] = queries[1] + 0.1 * unit(64, 16, 16)
    counts = []
    found = topk(queries, ArrayIndex(index), 70, block_rows=100, advance=counts.append)
    np.testing.assert_array_equal(found[1], slow(queries, index, 70)[1])
    assert searched == [3, 1] and sum(counts) == 3 * 1000
