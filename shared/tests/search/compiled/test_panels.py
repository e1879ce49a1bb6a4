"""Vectors in 16-bit integers: how far they and their products are from those of float64."""

import numpy as np
import pytest
from gld_shared.search.compiled.panels import (
    left_panels,
    multiply,
    right_panels,
    right_panels_of_stored,
    unit_of,
)
from gld_shared.search.stored_rows import StoredRows
from gld_shared.search.workspace import Workspace
from hypothesis import given, settings
from hypothesis import strategies as st

SHAPE = {"count": st.integers(1, 40), "dimension": st.integers(1, 50), "seed": st.integers(0, 99)}


def random_vectors(count, dimension, seed):
    """Vectors of several lengths, one of zeros among them, and one with a single value."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((count, dimension), dtype=np.float32)
    vectors *= (10.0 ** random.integers(-4, 4, (count, 1))).astype(np.float32)
    vectors[seed % count] = 0
    vectors[-1, 1:] = 0
    return vectors


def vectors_of(panels, dimension):
    """What panels hold, (count, d) float64."""
    integers = panels.values.transpose(0, 2, 1).copy().view(np.int16)
    # The rest of the last panel may hold anything.
    integers = integers.reshape(-1, integers.shape[-1])[: panels.count]
    vectors = integers.astype(np.float64) * panels.steps.reshape(-1, 1)[: panels.count]
    assert not vectors[:, dimension:].any()
    return vectors[:, :dimension]


@settings(max_examples=100, deadline=None)
@given(half_steps=st.booleans(), **SHAPE)
def test_rounding_changes_at_most_a_share_of_the_longest_vector(half_steps, count, dimension, seed):
    vectors = random_vectors(count, dimension, seed)
    if half_steps:
        steps = 1.001 * np.linalg.norm(vectors, axis=1, keepdims=True) / 32_000 + 1e-30
        vectors = ((np.floor(vectors / steps) + 0.5) * steps).astype(np.float32)
    for panels in (left_panels(vectors), right_panels(vectors, Workspace())):
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
        assert lengths.max() <= panels.longest <= 1.01 * lengths.max() + 1e-17
        changes = np.linalg.norm(vectors_of(panels, dimension) - vectors, axis=1)
        assert changes.max() <= unit_of(dimension) * panels.longest


@settings(max_examples=100, deadline=None)
@given(first=st.integers(0, 39), last=st.integers(1, 40), images=st.integers(1, 60), **SHAPE)
def test_products_of_some_queries(first, last, images, count, dimension, seed):
    queries = random_vectors(count, dimension, seed)
    vectors = random_vectors(images, dimension, seed + 1)
    left, right = left_panels(queries), right_panels(vectors, Workspace())
    start = min(first, count - 1)
    part = slice(start, max(start + 1, min(last, count)))
    room = np.full((part.stop - part.start + 2, images), 7, np.float32)
    multiply(left, part, right, room[1:-1])
    exact = vectors_of(left, dimension)[part] @ vectors_of(right, dimension).T
    np.testing.assert_allclose(room[1:-1], exact, rtol=4 * 2.0**-24)
    assert (room[[0, -1]] == 7).all()


def test_the_longest_vectors_in_all_directions():
    # The sums of products that are the closest to 31 bits.
    for dimension in (1, 2, 3, 512, 4096):
        vectors = np.ones((20, dimension), np.float32)
        vectors[::2] *= -1
        products = np.empty((20, 20), np.float32)
        multiply(left_panels(vectors), slice(0, 20), right_panels(vectors, Workspace()), products)
        np.testing.assert_allclose(products, vectors @ vectors.T, rtol=2.1 * unit_of(dimension))


@settings(max_examples=30, deadline=None)
@given(**SHAPE)
def test_stored_rows_of_several_chunks(count, dimension, seed):
    chunks = [random_vectors(count, dimension, seed + i).astype(np.float16) for i in range(2)]
    rows = np.random.default_rng(seed).integers(0, count, 5)
    stored = [StoredRows(chunks[0], rows), StoredRows(chunks[1], np.arange(count))]
    vectors = np.concatenate([chunks[0][rows], chunks[1]]).astype(np.float32)
    found, expected = (
        right_panels_of_stored(stored, Workspace()),
        right_panels(vectors, Workspace()),
    )
    assert (found.count, found.longest) == (expected.count, expected.longest)
    np.testing.assert_array_equal(vectors_of(found, dimension), vectors_of(expected, dimension))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_the_longest_of_vectors_that_have_no_length(value):
    vectors = np.ones((40, 8), np.float32)
    vectors[7, 3] = value
    assert not np.isfinite(right_panels(vectors, Workspace()).longest)
