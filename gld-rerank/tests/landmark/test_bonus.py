"""The bonus of shared tags, against loops over all pairs."""

from typing import get_args

import numpy as np
import pytest
import torch
from gld_rerank.landmark.bonus import Votes, vote_bonus
from gld_rerank.landmark.shares import Shares
from gld_rerank.landmark.tags import IndexTags
from gld_shared.neighbours import NONE
from gld_shared.search.index import ArrayIndex
from gld_shared.search.precision import Precision
from gld_shared.search.topk import topk
from hypothesis import given, settings
from hypothesis import strategies as st


def random_votes(random, q, n, weights):
    """Votes with the weights on up to four tags of each query; -1 is no tag."""
    votes = []
    for weight in weights:
        tags = np.array([random.permutation(9)[:4] for _ in range(q)]) - 2
        shares = Shares(np.maximum(tags, NONE), random.random((q, 4)), random.random((q, 4)))
        votes.append(Votes(IndexTags(random.integers(-1, 6, n)), shares, weight))
    return votes


def slow_bonus(votes, q, n):
    """Compare each tag of a query with that of each row."""
    added = np.zeros((q, n))
    for vote in votes:
        for query in range(q):
            pairs = zip(vote.queries.tags[query], vote.queries.shares[query], strict=True)
            for tag, share in pairs:
                for row in range(n):
                    if tag != NONE and vote.index.of_rows[row] == tag:
                        added[query, row] += vote.weight * share
    return added


SIZES = {
    "q": st.integers(1, 6),
    "n": st.integers(1, 60),
    "weights": st.lists(st.sampled_from([0.0, 1.0, 0.1, -0.5, 300.0]), max_size=4),
    "seed": st.integers(0, 999),
}


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, 40), count=st.integers(1, 60), **SIZES)
def test_products_of_a_block_equal_loops(start, count, q, n, weights, seed):
    random = np.random.default_rng(seed)
    votes = random_votes(random, q, n, weights)
    added, bonus = slow_bonus(votes, q, n), vote_bonus(votes)
    part = slice(min(start, n - 1), min(start + count, n))
    queries = np.arange(q)[random.integers(0, q) :]
    products = torch.from_numpy(
        random.standard_normal((len(queries), max(part.stop - part.start, 1)), dtype=np.float32)
    ).bfloat16()
    before = products.float().numpy()
    sums = before.copy()
    of_float32 = bonus.add_to(sums, queries, part.start)
    of_bits = bonus.add_to_bfloat16(products.view(torch.int16).numpy(), queries, part.start)
    expected = before + added[queries, part]
    np.testing.assert_allclose(sums, expected, rtol=1e-5, atol=1e-5)
    # Rounded once, to the nearest: half a unit in the last of 8 places.
    rounded = products.float().numpy()
    assert (np.abs(rounded - expected) <= np.abs(expected) * 2.0**-8 * 1.001 + 1e-4).all()
    counted = [abs(each.weight) for each in votes if each.weight and len(each.index.rows)]
    assert of_float32[:2] == of_bits[:2] == (len(counted), pytest.approx(sum(counted)))
    touched = np.abs(added[queries, part]) > 1e-6
    assert of_bits.largest_product == pytest.approx(np.abs(before[touched]).max(initial=0))


@settings(max_examples=60, deadline=None)
@given(k=st.integers(1, 70), block_rows=st.integers(1, 70), kind=st.booleans(), **SIZES)
def test_search_equals_sorting_all_sums(k, block_rows, kind, q, n, weights, seed):
    random = np.random.default_rng(seed)
    votes = random_votes(random, q, n, weights)
    if kind:  # ties
        queries, index = (random.integers(-1, 2, (m, 4)).astype(np.float32) for m in (q, n))
    else:  # near copies
        queries = random.standard_normal((q, 4), dtype=np.float32)
        index = queries[0] + 1e-3 * random.standard_normal((n, 4), dtype=np.float32)
    bonus = vote_bonus(votes)
    pairs = np.divmod(np.arange(q * n), n)
    products = (queries.astype(float)[pairs[0]] * index[pairs[1]]).sum(axis=1)
    total = (products + bonus.of_pairs(*pairs)).astype(np.float32).reshape(q, n)
    np.testing.assert_allclose(
        bonus.of_pairs(*pairs).reshape(q, n), slow_bonus(votes, q, n), rtol=1e-12, atol=1e-12
    )
    rows = np.argsort(-total, axis=1, kind="stable")[:, :k]
    for precision in get_args(Precision):
        found = topk(
            queries, ArrayIndex(index), k, bonus=bonus, block_rows=block_rows, precision=precision
        )
        assert found[1].tolist() == rows.tolist()
        assert found[0].tolist() == np.take_along_axis(total, rows, axis=1).tolist()
