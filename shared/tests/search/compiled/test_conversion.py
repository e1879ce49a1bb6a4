import numpy as np
import torch
from gld_shared.search.compiled.conversion import round_stored, widen_stored
from gld_shared.search.error_bounds import lengths_of
from gld_shared.search.stored_rows import StoredRows
from hypothesis import given, settings
from hypothesis import strategies as st

FINITE = st.integers(0, 0xFFFF).filter(lambda bits: bits & 0x7C00 != 0x7C00)


def by_torch(vectors):
    return torch.from_numpy(vectors).bfloat16().view(torch.int16).numpy()


def test_each_finite_float16_is_rounded_as_by_torch():
    values = np.arange(0x10000, dtype=np.uint16).view(np.float16)
    vectors = values[np.isfinite(values)].reshape(-1, 64)
    rounded = np.empty(vectors.shape, np.int16)
    round_stored([StoredRows(vectors, np.arange(len(vectors)))], rounded)
    np.testing.assert_array_equal(rounded, by_torch(vectors))


def test_each_finite_float16_is_widened_exactly():
    values = np.arange(0x10000, dtype=np.uint16).view(np.float16)
    vectors = values[np.isfinite(values)].reshape(-1, 64)
    widened = np.empty(vectors.shape, np.float32)
    widen_stored([StoredRows(vectors, np.arange(len(vectors)))], widened)
    np.testing.assert_array_equal(widened.view(np.int32), vectors.astype(np.float32).view(np.int32))


@settings(max_examples=60, deadline=None)
@given(bits=st.lists(FINITE, min_size=1, max_size=200), seed=st.integers(0, 99))
def test_rows_of_several_chunks_and_the_longest(bits, seed):
    random = np.random.default_rng(seed)
    chunks = [
        np.array([random.permutation(bits) for _ in range(4)], np.uint16).view(np.float16)
        for _ in range(2)
    ]
    chunks[1][random.integers(4)] *= np.float16(0.5)
    stored = [StoredRows(chunks[0], np.array([1, 3])), StoredRows(chunks[1], np.arange(4))]
    vectors = np.concatenate([chunks[0][[1, 3]], chunks[1]])
    rounded = np.empty(vectors.shape, np.int16)
    widened = np.empty(vectors.shape, np.float32)
    longest = round_stored(stored, rounded)
    assert longest == widen_stored(stored, widened)
    np.testing.assert_array_equal(rounded, by_torch(vectors))
    wide = vectors.astype(np.float32)
    np.testing.assert_array_equal(widened, wide)
    np.testing.assert_allclose(longest, lengths_of(wide).max(), rtol=1e-6)
    assert longest >= np.linalg.norm(wide.astype(np.float64), axis=1).max()
