import numpy as np
import pytest
import torch
from gld_shared.search import bfloat16_products, exact_scores, guesses, nominee_groups, scan
from gld_shared.search import products as float32_products
from gld_shared.search import topk as module
from gld_shared.search.bonus import Added, Bonus
from gld_shared.search.index import ArrayIndex
from gld_shared.search.nominee_groups import NomineeGroups
from gld_shared.search.topk import topk, topk_arrays
from hypothesis import given, settings
from hypothesis import strategies as st


def slow(queries, index, k):
    """Sum each pair in float64, round, and sort ties by row."""
    products = np.array(
        [[(q * x).sum() for x in index.astype(float)] for q in queries.astype(float)]
    )
    scores = products.astype(np.float32).reshape(len(queries), len(index))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), order


def unit(count, dimension, seed):
    vectors = np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(params=["float32", "bfloat16"], autouse=True)
def products(request, monkeypatch):
    """Nominate by products of one format, whatever the processor; by numpy or compiled loops."""
    monkeypatch.setattr(module, "is_worth_it", lambda _: request.param == "bfloat16")
    for compiles in (exact_scores, scan):
        monkeypatch.setattr(compiles, "is_compiled", lambda *_: request.param == "bfloat16")
    return request.param


def assert_equal(found, expected):
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert (found[0].dtype, found[1].dtype) == (np.float32, np.int64)


SHAPES = {
    "n": st.integers(1, 120),
    "q": st.integers(1, 30),
    "d": st.integers(1, 20),
    "k": st.integers(1, 130),
    "block_rows": st.integers(1, 130),
    "seed": st.integers(0, 99),
}


def check_in_both_formats(queries, index, k, block_rows):
    expected = slow(queries, index, k)
    for bfloat16 in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "is_worth_it", lambda _, chosen=bfloat16: chosen)
            for compiles in (exact_scores, scan):
                patch.setattr(compiles, "is_compiled", lambda *_, chosen=bfloat16: chosen)
            assert_equal(topk_arrays(queries, index, k, block_rows=block_rows), expected)


@settings(max_examples=60, deadline=None)
@given(**SHAPES)
def test_equals_a_plain_loop(n, q, d, k, block_rows, seed):
    # Small integers make ties, and sums that are exact in any order.
    random = np.random.default_rng(seed)
    queries = random.integers(-2, 3, (q, d)).astype(np.float32)
    index = random.integers(-2, 3, (n, d)).astype(np.float32)
    check_in_both_formats(queries, index, k, block_rows)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(["halves", "scales", "tiny", "tiny squares", "copies"]), **SHAPES)
def test_vectors_made_against_the_bounds(kind, n, q, d, k, block_rows, seed):
    random = np.random.default_rng(seed)
    queries, index = (random.standard_normal((m, d), dtype=np.float32) for m in (q, n))
    if kind == "halves":  # Each value lies in the middle between two bfloat16 numbers.
        queries, index = (
            ((x.view(np.uint32) & 0xFFFF0000) | 0x8000).view(np.float32) for x in (queries, index)
        )
    elif kind == "scales":  # One long vector widens the bound of its block.
        index *= (10.0 ** random.integers(-6, 7, (n, 1))).astype(np.float32)
    elif kind == "tiny":  # Below the smallest normal number, which processors take for 0.
        index *= np.float32(1e-38)
    elif kind == "tiny squares":  # The squares are 0 in float32, but not the products.
        index = (1e-24 * (index[0] + 1e-3 * index)).astype(np.float32)
    else:  # Copies that differ in the last bit.
        index[:] = index[0]
        index.view(np.uint32)[:] += random.integers(0, 2, (n, d)).astype(np.uint32)
    check_in_both_formats(queries, index, k, block_rows)


@settings(max_examples=30, deadline=None)
@given(weight=st.sampled_from([0.1, 1 / 3, -0.7, 1e-6, 1e6]), **SHAPES)
def test_queries_in_float64_are_not_rounded(weight, n, q, d, k, block_rows, seed):
    # Near copies, whose order would change if the weighted queries were rounded to float32.
    random = np.random.default_rng(seed)
    queries = random.standard_normal((q, d), dtype=np.float32) * np.float64(weight)
    index = np.repeat(random.standard_normal((1, d), dtype=np.float32), n, axis=0)
    index.view(np.uint32)[:] += random.integers(0, 2, (n, d)).astype(np.uint32)
    check_in_both_formats(queries, index, k, block_rows)


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
        check_in_both_formats(queries.astype("f4"), index.astype("f4"), k, block_rows)


@pytest.fixture
def searched(monkeypatch):
    """The number of queries of each scan."""
    counts = []

    def recorded(scan, nominees):
        counts.append(len(nominees.least))
        search(scan, nominees)

    search = module.Scan.nominate
    monkeypatch.setattr(module.Scan, "nominate", recorded)
    return counts


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


def test_unit_vectors_equal_numpy():
    queries, index = unit(7, 64, 0), unit(900, 64, 1)
    scores, rows = topk_arrays(queries, index, 20)
    expected_scores, expected_rows = slow(queries, index, 20)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-7)
    np.testing.assert_array_equal(rows, expected_rows)


@pytest.mark.parametrize("block_rows", [41, 512, 3000, 5000])
@pytest.mark.parametrize("chunk", [1, 19, 60])
def test_same_bits_for_any_block_and_any_number_of_queries(block_rows, chunk):
    # Copies and near copies: products that only differ in the last bits, if at all.
    centres = unit(30, 96, 2)
    index = np.repeat(centres, 100, axis=0)
    index[::3] += 1e-7
    queries = np.concatenate([centres, unit(30, 96, 3)])
    expected = topk_arrays(queries, index, 50)
    parts = [
        topk_arrays(queries[first : first + chunk], index, 50, block_rows=block_rows)
        for first in range(0, 60, chunk)
    ]
    np.testing.assert_array_equal(np.concatenate([part[0] for part in parts]), expected[0])
    np.testing.assert_array_equal(np.concatenate([part[1] for part in parts]), expected[1])


def test_same_bits_for_any_number_of_threads(monkeypatch):
    queries, index = unit(200, 128, 4), unit(4000, 128, 5)
    expected = topk_arrays(queries, index, 30)
    for threads in (1, 2, 5):
        for user in (float32_products, bfloat16_products, nominee_groups):
            monkeypatch.setattr(user, "cores", lambda chosen=threads: chosen)
        assert_equal(topk_arrays(queries, index, 30, block_rows=300), expected)


def test_pairs_that_bfloat16_does_not_tell_apart(products, monkeypatch):
    # More than 16 k + 256 rows within its error of the best.
    index = unit(1, 64, 6) + 1e-5 * np.random.default_rng(7).random((2000, 64), dtype=np.float32)
    queries = unit(3, 64, 8)
    formats = []

    def recorded(scan, *arguments):
        formats.append(scan.products.key_type)
        search(scan, *arguments)

    search = module.Scan.nominate
    monkeypatch.setattr(module.Scan, "nominate", recorded)
    counts = []
    found = topk(queries, ArrayIndex(index), 5, block_rows=700, advance=counts.append)
    assert_equal(found, slow(queries, index, 5))
    assert sum(counts) == 3 * 2000
    assert formats == ([np.int16, np.int32] if products == "bfloat16" else [np.int32])


def test_equal_scores_are_in_row_order():
    queries = np.ones((1, 4), np.float32)
    scores, rows = topk_arrays(queries, np.ones((500, 4), np.float32), 10, block_rows=64)
    assert rows.tolist() == [list(range(10))]
    assert scores.tolist() == [[4.0] * 10]


def bonus_of(added):
    """The bonus of a matrix of added scores (q, n)."""
    largest = float(np.abs(added).max())

    def of_block(shape, rows, start):
        return added[rows, start : start + shape[1]].astype(np.float32)

    def add_to(products, rows, start):
        products += of_block(products.shape, rows, start)
        return Added(1, largest)

    def add_to_bfloat16(bits, rows, start):
        products = torch.from_numpy(bits).view(torch.bfloat16)
        of_products = torch.from_numpy(of_block(bits.shape, rows, start))
        most = float(torch.where(of_products != 0, products, 0).abs().max())
        products.copy_(products.float() + of_products)
        return Added(1, largest, most)

    return Bonus(add_to, add_to_bfloat16, lambda rows, columns: added[rows, columns])


def slow_with_bonus(queries, index, added, k):
    """Sum each pair and its bonus in float64, round, and sort ties by row."""
    products = np.array(
        [[(q * x).sum() for x in index.astype(float)] for q in queries.astype(float)]
    )
    scores = (products.reshape(len(queries), len(index)) + added).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(scores, order, axis=1), order


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(["integers", "halves", "near", "long"]),
    bonuses=st.sampled_from([[0, 1], [0, 0.1, 1.1], [0, -0.7, 1e-3], [0, 1e4]]),
    times=st.sampled_from([1, 1000]),  # with a guess, where there are rows enough, and without
    **SHAPES,
)
def test_bonus_equals_a_plain_loop(kind, bonuses, times, n, q, d, k, block_rows, seed):
    random = np.random.default_rng(seed)
    if kind == "integers":  # ties
        queries, index = (random.integers(-2, 3, (m, d)).astype(np.float32) for m in (q, n))
    elif kind == "near":  # bfloat16 does not tell the sums apart
        queries, index = unit(q, d, seed), unit(1, d, seed + 1) + 1e-4 * unit(n, d, seed + 2)
    else:
        queries, index = unit(q, d, seed), unit(n, d, seed + 1)
    if kind == "halves":  # each value lies in the middle between two bfloat16 numbers
        index = ((index.view(np.uint32) & 0xFFFF0000) | 0x8000).view(np.float32)
    elif kind == "long":
        index *= (10.0 ** random.integers(-6, 7, (n, 1))).astype(np.float32)
    added = random.choice(bonuses, (q, n))
    expected = slow_with_bonus(queries, index, added, k)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("_SAMPLE", 16), ("_RUNS", 4), ("_TIMES", times)):
            patch.setattr(guesses, name, value)
        for bfloat16 in (False, True):
            found = topk(
                queries, ArrayIndex(index), k, bonus=bonus_of(added), block_rows=block_rows,
                bfloat16=bfloat16,
            )  # fmt: skip
            assert_equal(found, expected)


def test_bonus_is_added_before_choosing():
    queries, index = unit(5, 16, 6), unit(300, 16, 7)
    added = np.random.default_rng(8).choice([0, 0.1, 1.1], (5, 300))
    bonus = bonus_of(added)
    scores, rows = topk(queries, ArrayIndex(index), 25, bonus=bonus, block_rows=70)
    total = queries.astype(float) @ index.T.astype(float) + added
    np.testing.assert_array_equal(rows, np.argsort(-total, axis=1)[:, :25])
    np.testing.assert_allclose(scores, -np.sort(-total, axis=1)[:, :25], atol=1e-6)


def test_fewer_rows_than_k_and_none_at_all():
    scores, rows = topk_arrays(unit(2, 4, 0), unit(3, 4, 1), 10)
    assert scores.shape == rows.shape == (2, 3)
    scores, rows = topk_arrays(unit(2, 4, 0), np.empty((0, 4), np.float32), 10)
    assert scores.shape == rows.shape == (2, 0)
    scores, rows = topk_arrays(np.empty((0, 4), np.float32), unit(3, 4, 1), 10)
    assert scores.shape[0] == rows.shape[0] == 0


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="dimension"):
        topk_arrays(unit(2, 4, 0), unit(3, 5, 1), 10)
    with pytest.raises(ValueError, match="k is 0"):
        topk_arrays(unit(2, 4, 0), unit(3, 4, 1), 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("side", ["queries", "index"])
def test_vectors_without_a_bound_on_their_products_are_refused(side, value):
    vectors = {"queries": unit(3, 4, 0) * np.float32(1e10), "index": unit(20, 4, 1)}
    vectors[side][2, 1] = value
    with pytest.raises(ValueError, match="a vector is not finite, or too long for float32"):
        topk_arrays(vectors["queries"], vectors["index"], 2)


def check_settings(rows, ks, blocks, monkeypatch):
    # Clusters of near copies, so that the k-th best is in the middle of one.
    centres = unit(rows // 20, 48, 9)
    index = np.repeat(centres, 20, axis=0)
    index[::2] += 1e-4 * unit(rows, 48, 10)[::2]
    queries = np.concatenate([centres[:5], unit(20, 48, 11)])
    for k in ks:
        found = []
        for block_rows in blocks:
            for threads in (1, 2):
                for user in (float32_products, bfloat16_products, nominee_groups):
                    monkeypatch.setattr(user, "cores", lambda chosen=threads: chosen)
                found.append(topk_arrays(queries, index, k, block_rows=block_rows))
        exact = queries.astype(float) @ index.T.astype(float)
        best = -np.sort(-exact.astype(np.float32), axis=1)[:, :k]
        np.testing.assert_allclose(found[0][0], best, atol=1e-7)
        for scores, places in found[1:]:
            assert scores.tobytes() == found[0][0].tobytes()
            assert places.tobytes() == found[0][1].tobytes()


def test_same_bytes_for_any_k_block_and_threads(monkeypatch):
    check_settings(2000, (1, 30, 1500), (100, 10_000), monkeypatch)


@pytest.mark.slow
def test_same_bytes_for_any_k_block_and_threads_of_an_ordinary_index(monkeypatch):
    check_settings(120_000, (1, 100, 5000), (1000, 100_000), monkeypatch)


def test_pairs_that_float32_does_not_tell_apart_are_reduced_block_by_block(monkeypatch):
    # More than 4 k + 1,024 rows of each block are equal.
    index = np.repeat(unit(3, 16, 12), 2000, axis=0)
    queries = unit(4, 16, 13)
    kept = []

    def recorded(nominees, pairs, *errors):
        kept.append(len(pairs.rows))
        add(nominees, pairs, *errors)

    add = NomineeGroups.add
    monkeypatch.setattr(NomineeGroups, "add", recorded)
    assert_equal(topk_arrays(queries, index, 7, block_rows=1500), slow(queries, index, 7))
    assert kept[0] == 4 * 7 and max(kept) <= 4 * (4 * 7 + 1024)
