"""Stores, and searches of them in both forms."""

from collections.abc import Callable

import pytest
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore, open_store
from gld_shared.testing import small_store
from gld_shared.testing.small_searches import SmallSearch

IDS = [f"x{row}" for row in range(600)]


@pytest.fixture
def index(tmp_path) -> EmbeddingStore:
    return open_store(small_store(tmp_path / "i.zarr", IDS))


@pytest.fixture
def search(tmp_path, index) -> Callable[..., SmallSearch]:
    """Return a function that searches some queries."""

    def find(count: int = 600, k: int = 3) -> SmallSearch:
        queries = open_store(small_store(tmp_path / "q.zarr", [f"q{n}" for n in range(count)], 1))
        scores, rows = topk(queries.read(slice(0, count)), index, k)
        return SmallSearch(queries, index, rows, scores)

    return find


@pytest.fixture
def graph(index) -> Callable[..., SmallSearch]:
    """Return a function that finds the nearest neighbours of the index in itself."""

    def find(k: int = 3, keep_self: bool = False) -> SmallSearch:
        scores, rows = topk(index.read(slice(0, index.n)), index, k + 1)
        first = 0 if keep_self else 1
        arguments = ("--keep-self",) if keep_self else ()
        part = slice(first, first + k)
        return SmallSearch(index, index, rows[:, part], scores[:, part], arguments)

    return find
