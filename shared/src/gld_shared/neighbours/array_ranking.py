"""Arrays of neighbours as the rows of a table."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.neighbours.contract import NEIGHBOUR_ARRAYS
from gld_shared.neighbours.named_stores import open_first_store
from gld_shared.neighbours.zarr_form import NeighbourArrays, check_below
from gld_shared.provenance import History
from gld_shared.search.neighbour_table import neighbour_table
from gld_shared.store.parts import AnyStore

_PAIRS = 1 << 20


class ArrayRanking:
    """Arrays as a ``Ranking``: row i belongs to row i of the query store that the header names.

    Memory: the ids of both stores, and a million neighbours.
    """

    def __init__(self, arrays: NeighbourArrays) -> None:
        """Keep the arrays."""
        self.path = str(arrays.path)
        self._arrays = arrays

    @property
    def header(self) -> dict[str, Any]:
        """The attributes of the arrays."""
        return self._arrays.header

    @property
    def history(self) -> History:
        """The steps that made them, oldest first."""
        return self._arrays.history

    @property
    def sha256(self) -> str:
        """SHA-256 over all files."""
        return self._arrays.sha256

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield rows of whole queries; a query without neighbours has none.

        Raises DataError for damage, naming the file or the row, and when a store is missing or has
        other contents than those that were searched.
        """
        queries = open_first_store(self._arrays, "queries")
        index = open_first_store(self._arrays, "index")
        check_queries(self._arrays, queries)
        for start, rows, scores in self._arrays.blocks(_PAIRS):
            check_below(rows, index.n, self.path)
            yield neighbour_table(queries.ids[start : start + len(rows)], index.ids, scores, rows)


def check_queries(arrays: NeighbourArrays, queries: AnyStore) -> None:
    """Raise DataError unless there are as many rows as queries."""
    if arrays.n != queries.n:
        raise DataError(
            f"{arrays.path}: {counted(arrays.n, 'row')}, but {queries.path} holds "
            f"{counted(queries.n, 'image')}; "
            f"{NEIGHBOUR_ARRAYS.restore}"
        )
