"""Rows as they are stored: the numbers that reading returns, checked as by reading."""

from itertools import product
from typing import get_args

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.search import bfloat16_products, exact_scores, products, scan
from gld_shared.search.exact_scores import exact_scores as score
from gld_shared.search.index import ArrayIndex
from gld_shared.search.pairs import Pairs
from gld_shared.search.precision import Precision
from gld_shared.search.some_rows import RowRange, SomeRows
from gld_shared.search.stored_rows import stored_rows
from gld_shared.search.topk import topk
from gld_shared.store import open_store, write_store
from gld_shared.store.ensemble import Ensemble
from gld_shared.store.parts import StoreParts

RANDOM = np.random.default_rng(0)


def store_of(path, count, dtype="float16", first=0):
    """Write a store, in chunks of 1,024 rows."""
    ids = [f"image {first + row}" for row in range(count)]
    return open_store(write_store(path, ids, RANDOM.standard_normal((count, 24)), {}, dtype))


@pytest.fixture
def indexes(tmp_path):
    """Indexes of 2,400 rows."""
    whole = store_of(tmp_path / "whole.zarr", 2400)
    parts = [store_of(tmp_path / f"{first}.zarr", 1200, first=first) for first in (0, 1200)]
    wide = store_of(tmp_path / "wide.zarr", 2400, "float32")
    mixed = [parts[0], store_of(tmp_path / "last.zarr", 1200, "float32", 1200)]
    return {
        "a store": whole,
        "parts": StoreParts(parts),
        "ensemble of one": Ensemble([StoreParts(parts)]),
        "float32": wide,
        "parts of both": StoreParts(mixed),
        "ensemble of two": Ensemble([whole, wide]),
        "array": ArrayIndex(whole.read(slice(0, 2400))),
    }


@pytest.mark.parametrize("name", ["a store", "parts", "ensemble of one"])
def test_stored_rows_are_those_that_are_read(indexes, name):
    rows = np.array([0, 3, 1023, 1024, 1024, 1199, 1200, 2399])
    found = [vectors[places] for vectors, places in stored_rows(indexes[name], rows)]
    assert {part.dtype for part in found} == {np.dtype(np.float16)}
    np.testing.assert_array_equal(np.concatenate(found), indexes[name].read(rows))
    assert stored_rows(indexes[name], rows[:0]) == []


def test_stored_rows_of_some_rows(indexes):
    whole = indexes["a store"]
    some, consecutive = SomeRows(whole, np.array([2, 40, 2000])), RowRange(whole, range(1000, 2000))
    for index, rows, expected in [(some, [0, 2], [2, 2000]), (consecutive, [1, 900], [1001, 1900])]:
        found = [vectors[places] for vectors, places in stored_rows(index, np.array(rows))]
        np.testing.assert_array_equal(np.concatenate(found), whole.read(np.array(expected)))
    assert stored_rows(SomeRows(whole, np.array([40, 2])), np.arange(2)) is None


@pytest.mark.parametrize("name", ["float32", "parts of both", "ensemble of two", "array"])
def test_other_indexes_are_read_as_float32(indexes, name):
    assert stored_rows(indexes[name], np.array([3, 1300])) is None


@pytest.mark.parametrize("wide", [False, True])
def test_scores_have_the_same_bits(indexes, monkeypatch, wide):
    rows, queries = RANDOM.integers(0, 2400, 500), RANDOM.integers(0, 9, 500)
    for index in indexes.values():
        vectors = RANDOM.standard_normal((9, index.read(slice(0, 1)).shape[1]))
        vectors = vectors if wide else vectors.astype(np.float32)
        found = []
        for compiles in (False, True):
            monkeypatch.setattr(exact_scores, "is_compiled", lambda *_, of=compiles: of)
            found.append(score(vectors, index, Pairs(queries, rows, rows), None).tobytes())
        assert found[0] == found[1]


@pytest.mark.parametrize("block_rows", [100, 2048])
def test_searches_have_the_same_bits(indexes, monkeypatch, block_rows):
    for index in indexes.values():
        vectors = RANDOM.standard_normal((9, index.read(slice(0, 1)).shape[1]), np.float32)
        found = []
        for compiles, precision in product((False, True), get_args(Precision)):
            for module in (exact_scores, scan, bfloat16_products, products):
                monkeypatch.setattr(module, "is_compiled", lambda *_, of=compiles: of)
            scores, rows = topk(vectors, index, 20, block_rows=block_rows, precision=precision)
            found.append((scores.tobytes(), rows.tobytes()))
        assert found == found[:1] * 6


@pytest.mark.parametrize("precision", get_args(Precision))
@pytest.mark.parametrize("name", ["a store", "array"])
def test_another_dimension_is_refused(indexes, monkeypatch, precision, name):
    for module in (bfloat16_products, products):
        monkeypatch.setattr(module, "is_compiled", lambda *_: True)
    with pytest.raises(ValueError, match="block has dimension 24, queries 23"):
        topk(np.ones((2, 23), np.float32), indexes[name], 5, precision=precision)


def test_a_row_is_checked_before_it_is_returned(tmp_path):
    vectors = np.full((40, 4), 0.5)
    vectors[20] = np.nan
    path = write_store(
        tmp_path / "x.zarr", [f"é{row}" for row in range(40)], vectors, {}, "float16"
    )
    store = open_store(path)
    for _ in range(2):
        with pytest.raises(DataError) as error:
            store.stored(np.array([3, 20, 20, 31]))
        assert str(error.value) == (
            f"{path}: row 20 (id 'é20'): its vector is not finite; "
            "restore the store from a copy, or embed again under another name"
        )
    assert len(store.stored(np.array([3, 31]))) == 1
