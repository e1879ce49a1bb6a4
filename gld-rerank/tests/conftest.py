"""Small searches in memory, as methods of reranking read them."""

import numpy as np
import polars as pl
import pytest
from gld_rerank.neighbours import Neighbours
from gld_shared.neighbours import NONE
from gld_shared.store.ensemble import Ensemble
from gld_shared.store.id_column import id_column
from gld_shared.tables import NEIGHBOURS, Table
from gld_shared.testing import small_neighbours, small_store


class StoreInMemory:
    """Vectors with ids, as methods read stores."""

    def __init__(self, path, ids, vectors):
        self.path, self.ids, self.vectors = path, id_column([ids]), vectors
        self.n, self.dimension = vectors.shape

    def read(self, rows):
        return self.vectors[rows]


@pytest.fixture(scope="session")
def searched():
    """Return a function that searches vectors, and returns the open neighbours.

    Index images are i000, i001, ...; a query with such an id leaves its own image out.
    """

    def search(queries, index, k=100, query_ids=None):
        query_ids = query_ids or [f"q{row:03}" for row in range(len(queries))]
        stores = [
            StoreInMemory("q.zarr", query_ids, queries),
            StoreInMemory("i.zarr", [f"i{row:03}" for row in range(len(index))], index),
        ]
        products = (queries.astype(np.float64) @ index.T.astype(np.float64)).astype(np.float32)
        own = stores[1].ids.rows_of(query_ids)
        order = np.lexsort((-products, np.arange(len(index)) == own[:, None]))
        scores = np.take_along_axis(products, order, axis=1)
        order = np.where(order == own[:, None], NONE, order)[:, :k]
        scores = np.where(order == NONE, np.float32(0), scores[:, :k])
        sides = [Ensemble([store]) for store in stores]
        table = Table(pl.DataFrame(schema=dict(NEIGHBOURS.columns)), {}, "n.tsv", "0" * 64)
        return Neighbours(
            table, stores[:1], stores[1:], *sides, [1.0], query_ids,
            np.arange(len(queries)), order, scores,
        )  # fmt: skip

    return search


@pytest.fixture(scope="session")
def same_ranking():
    """Return a function that compares two rankings of the same images.

    Images change places only where their expected ``scores``, by image, differ by 1e-5 at most.
    """

    def compare(found, expected, scores):
        assert sorted(found) == sorted(expected)
        np.testing.assert_allclose(scores[found], scores[expected], rtol=0, atol=1e-5)

    return compare


@pytest.fixture
def stores_and_neighbours(tmp_path):
    """Two queries, an index of 40 images, i00 to i39, and a table of the first five."""
    ids = [f"i{row:02}" for row in range(40)]
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", ids, seed=2)
    return queries, index, small_neighbours(tmp_path / "n.tsv", queries, index, ids[:5])
