from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gld_search import Searcher, search
from gld_shared.store import open_store
from gld_shared.testing import small_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("store") / "x.zarr", [f"x{n}" for n in range(3000)])


def test_the_nearest_rows_and_their_ids(store):
    searcher, vectors = Searcher(open_store(store)), open_store(store).read(slice(0, 5))
    scores, rows = searcher.search(vectors, 3)
    assert (scores.shape, scores.dtype, rows[:, 0].tolist()) == ((5, 3), np.float32, [*range(5)])
    assert searcher.ids(rows).tolist() == [[f"x{row}" for row in found] for found in rows]


def test_threads_find_the_same_as_one_call(store):
    searcher, vectors = Searcher(open_store(store)), open_store(store).read(slice(0, 400))
    scores, rows = searcher.search(vectors, 20)
    fresh = Searcher(open_store(store))
    with ThreadPoolExecutor(8) as pool:
        parts = pool.map(lambda part: fresh.search(part, 20), np.split(vectors, 40))
        names = pool.map(fresh.ids, np.split(rows, 40))
        found = [np.concatenate(side) for side in zip(*parts, strict=True)]
        assert np.concatenate(list(names)).tolist() == searcher.ids(rows).tolist()
    np.testing.assert_array_equal(found[0], scores)
    np.testing.assert_array_equal(found[1], rows)


def test_vectors_of_another_dimension_are_refused(store):
    with pytest.raises(ValueError, match="dimension 8, queries 7"):
        Searcher(open_store(store)).search(np.ones((1, 7), np.float32), 3)


def test_progress_counts_pairs_of_queries_and_rows(store):
    counts = []
    opened = open_store(store)
    for _ in search([opened], [opened], 5, advance=lambda count, _=None: counts.append(count)):
        pass
    assert sum(counts) == 3000 * 3000
