"""A table and arrays of the same neighbours are read alike."""

from itertools import count

import numpy as np
import polars as pl
import pytest
from gld_shared.neighbours import open_ranking, read_ranked
from gld_shared.store import open_store
from gld_shared.tables import read_neighbours
from gld_shared.testing import small_store
from gld_shared.testing.small_searches import SmallSearch
from hypothesis import given, settings
from hypothesis import strategies as st

QUERIES, IMAGES, K = 6, 9, 5
NEIGHBOURS = st.lists(st.permutations(range(IMAGES)), min_size=QUERIES, max_size=QUERIES)
COUNTS = st.lists(st.integers(0, K), min_size=QUERIES, max_size=QUERIES)
SCORES = st.lists(st.floats(-1, 1, width=32), min_size=QUERIES * K, max_size=QUERIES * K)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    small_store(folder / "q.zarr", [f"é{n}" for n in range(QUERIES)])
    small_store(folder / "i.zarr", [f"x{n}" for n in range(IMAGES)], 1)
    return folder


names = count()


@settings(max_examples=20, deadline=None)
@given(NEIGHBOURS, COUNTS, SCORES, st.sampled_from([None, 1, 3, 6]))
def test_the_same_neighbours_in_both_forms(folder, neighbours, counts, scores, first):
    rows = np.array(neighbours)[:, :K]
    values = -np.sort(-np.array(scores, np.float32).reshape(QUERIES, K), axis=1)
    none = np.arange(K) >= np.array(counts)[:, None]
    rows[none], values[none] = -1, 0
    stores = (open_store(folder / name) for name in ("q.zarr", "i.zarr"))
    found, name = SmallSearch(*stores, rows, values), next(names)
    table, arrays = found.as_table(folder / f"{name}.tsv"), found.as_zarr(folder / f"{name}.zarr")
    with open_ranking(arrays) as ranking:
        assert pl.concat(ranking.blocks()).equals(read_neighbours(table).rows)
    of_table, of_arrays = read_ranked(table, first), read_ranked(arrays, first)
    for part in ("query_rows", "rows", "scores"):
        assert np.array_equal(getattr(of_table, part), getattr(of_arrays, part)), part
