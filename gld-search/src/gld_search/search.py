"""Exact nearest neighbours of query stores in index stores."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial

import numpy as np
import polars as pl
from gld_shared.counting import counted
from gld_shared.devices import choose_device
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.memory import Portion, portion
from gld_shared.search.neighbour_table import neighbour_tables
from gld_shared.search.own_images import without
from gld_shared.search.precision import Precision
from gld_shared.search.some_rows import RowRange
from gld_shared.search.threads import one_torch_thread
from gld_shared.search.topk import topk
from gld_shared.store.ensemble import Ensemble, check_ensemble, check_weights
from gld_shared.store.parts import AnyStore
from gld_shared.timing import Times

from gld_search.arguments import check_k, check_queries, check_stores
from gld_search.shard import WHOLE, Shard

Nearest = Callable[[Floats | Doubles, int], tuple[Floats, Rows]]


def search(
    queries: Sequence[AnyStore],
    indexes: Sequence[AnyStore],
    k: int,
    device: str = "cpu",
    advance: Advance = silent,
    keep_self: bool = False,
    weights: Sequence[float] = (),
    shard: Shard = WHOLE,
    memory: int | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield neighbours (``query_id index_id rank score``), the ``k`` best of each query.

    See ``Search``; ``device`` is auto, cpu, cuda or cuda:N. ``advance`` is called with the number
    of pairs of a query and an image that each block adds. Raises DataError when the stores do not
    match, or for a ``k`` or ``device`` that cannot be, at the call rather than at the first block.
    """
    return Search(queries, indexes, k, keep_self, weights, shard, memory).blocks(device, advance)


class Search:
    """An exact search of stores, checked and ready to run.

    Several stores are an ensemble: query store i is compared with index store i, and similarities
    are summed, each times its weight if there are ``weights``. ``Ensemble`` says how images are
    matched. Equal scores are in index order. An index image with the id of the query is the query
    itself, and left out, unless ``keep_self``. Only the rows of the ``shard`` are searched.
    ``queries`` and ``indexes`` are the stores, ``k``, ``keep_self`` and ``weights`` the settings,
    ``times`` the seconds of each task.

    ``memory`` is the most anonymous memory of this process in bytes, whatever the stores and k:
    queries are searched portion by portion. Searching raises DataError where it is too small. By
    default a search adds 2 GB at most to what the process holds.
    """

    def __init__(
        self,
        queries: Sequence[AnyStore],
        indexes: Sequence[AnyStore],
        k: int,
        keep_self: bool = False,
        weights: Sequence[float] = (),
        shard: Shard = WHOLE,
        memory: int | None = None,
    ) -> None:
        """Match the stores. Raises DataError when they, k or the weights do not fit."""
        check_k(k)
        check_stores("queries", queries)
        check_stores("indexes", indexes)
        check_ensemble(queries, indexes)
        weights = [float(weight) for weight in weights]
        self._weights = weights or [1.0] * len(queries)
        check_weights(self._weights, len(queries))
        self.queries, self.indexes = list(queries), list(indexes)
        self.k, self.keep_self, self.weights = int(k), bool(keep_self), weights
        self.memory, self.times = memory, Times()
        self._queries, self._index = Ensemble(queries), Ensemble(indexes)
        self._rows = shard.rows(self._index.n)
        self._searched: Index = self._index
        if shard != WHOLE:
            self._searched = RowRange(self._index, self._rows)
        self._own = np.full(self._queries.n, -1, np.int64)
        if not keep_self:
            self._own = self._index.ids.rows_of(self._queries.ids)
        self._holds_own = (self._own >= self._rows.start) & (self._own < self._rows.stop)

    @property
    def n(self) -> int:
        """The number of queries."""
        return self._queries.n

    @property
    def width(self) -> int:
        """The number of neighbours of a query, or of images to search if there are fewer."""
        return min(self.k, len(self._rows))

    @property
    def images(self) -> int:
        """The number of images that each query is compared with."""
        return len(self._rows)

    @property
    def pairs(self) -> int:
        """The number of pairs of a query and an image that are compared."""
        return self._queries.n * len(self._rows)

    @property
    def neighbours(self) -> int:
        """The number of neighbours that all queries together have."""
        return self.neighbours_of(range(self.n))

    def neighbours_of(self, queries: range) -> int:
        """Return the number of neighbours that consecutive queries together have."""
        holds_own = self._holds_own[queries.start : queries.stop].astype(np.int64)
        return int(np.minimum(len(self._rows) - holds_own, self.k).sum())

    def blocks(self, device: str = "cpu", advance: Advance = silent) -> Iterator[pl.DataFrame]:
        """Yield neighbours, some queries at a time, as ``search`` does."""
        return self._tables(self._ranked(range(self.n), device, advance))

    def _tables(self, ranked: Iterator[tuple[slice, Rows, Floats]]) -> Iterator[pl.DataFrame]:
        for part, rows, scores in ranked:
            tables = neighbour_tables(self._queries.ids[part], self._index.ids, scores, rows)
            yield from self.times.waiting_for(tables, "writing")

    def spent(self, queries: int) -> str:
        """Return one line about the time of a search, in which this process did some queries."""
        return (
            f"{counted(queries, 'query', 'queries')} x {counted(self.images, 'image')} in "
            f"{self.times.elapsed:.1f} s; of all threads together: {self.times}"
        )

    def find(
        self, queries: range, device: str = "cpu", advance: Advance = silent
    ) -> tuple[Rows, Floats]:
        """Find the neighbours of consecutive queries: index rows and scores, (q, width) each.

        Where a query has fewer neighbours, the row is -1 and the score 0. Memory: the result, in
        addition to the search's. Raises DataError for rows beyond the queries.
        """
        check_queries(queries, self.n)
        shape = (len(queries), self.width)
        rows, scores = np.empty(shape, np.int64), np.empty(shape, np.float32)
        for part, found, values in self._ranked(queries, device, advance):
            own = slice(part.start - queries.start, part.stop - queries.start)
            rows[own], scores[own] = found, np.where(found < 0, 0, values)
        return rows, scores

    def _ranked(
        self, queries: range, device: str, advance: Advance
    ) -> Iterator[tuple[slice, Rows, Floats]]:
        """Yield parts of the queries in order, with the index rows and scores of each part."""
        device = choose_device(device, "device")
        step, precision = self.portion.queries, self.portion.precision
        starts = range(queries.start, queries.stop, step)
        parts = (slice(start, min(start + step, queries.stop)) for start in starts)
        return ((part, *self.best(part, device, advance, precision)) for part in parts)

    @cached_property
    def portion(self) -> Portion:
        """How many queries fit into the memory at once, besides what the process holds at first.

        Later it holds more, such as freed arrays that the allocator keeps for the next ones.
        """
        dimension = sum(self._queries.widths)
        return portion(self.memory, self.n, len(self._rows), dimension, self._wanted)

    def best(
        self,
        queries: slice | Rows,
        device: str = "cpu",
        advance: Advance = silent,
        precision: Precision | None = None,
    ) -> tuple[Rows, Floats]:
        """Return index rows and scores of some queries, (q, m) each; rows of -1 are none, last."""
        nearest = partial(self.nearest, device=device, advance=advance, precision=precision)
        return self._best(queries, nearest)

    def nearest(
        self,
        vectors: Floats | Doubles,
        k: int,
        device: str,
        advance: Advance,
        precision: Precision | None = None,
    ) -> tuple[Floats, Rows]:
        """Return scores and rows of the k nearest images of vectors among those searched."""
        return topk(
            vectors,
            self._searched,
            k,
            device,
            advance=advance,
            precision=precision,
            times=self.times,
        )

    @property
    def _wanted(self) -> int:
        """The number of neighbours to search for, with the query itself."""
        return self.k + bool(self._holds_own.any())

    def _best(self, queries: slice | Rows, nearest: Nearest) -> tuple[Rows, Floats]:
        with one_torch_thread():
            vectors = self._queries.weigh(self._queries.read(queries), self._weights)
        scores, rows = nearest(vectors, self._wanted)
        scores, rows = without(self._own[queries], scores, rows + self._rows.start, self.k)
        return rows, scores
