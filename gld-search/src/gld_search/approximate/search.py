"""Approximate search: the candidates of a FAISS index, scored exactly by the stores' vectors."""

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

import numpy as np
import polars as pl
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.exact_scores import exact_scores
from gld_shared.search.memory import Portion
from gld_shared.search.pairs import Pairs, best_pairs
from gld_shared.search.precision import Precision
from gld_shared.store.parts import AnyStore

from gld_search.approximate.candidates import candidates
from gld_search.approximate.factory import set_probe
from gld_search.approximate.index_file import OpenIndex
from gld_search.search import Search

log = logging.getLogger(__name__)

# Candidates of all queries at once.
_MOST_PAIRS = 1_048_576
# Queries at once, and neighbours of the result at once.
_MOST_QUERIES, _MOST_NEIGHBOURS = 4096, 4_194_304


class ApproximateSearch(Search):
    """A search of the candidates of a FAISS index; see ``Search`` for everything else.

    The ``refine`` k rows that the index finds for a query are its candidates. They are scored
    exactly, so the scores and their order are those of the exact search; a row that the index does
    not find is missing. Memory: 1,048,576 candidates and their vectors, besides the index.
    """

    def __init__(
        self,
        queries: Sequence[AnyStore],
        indexes: Sequence[AnyStore],
        k: int,
        opened: OpenIndex,
        refine: int = 10,
        probe: int | None = None,
        keep_self: bool = False,
        weights: Sequence[float] = (),
    ) -> None:
        """Match the stores. Raises DataError as ``Search``, and for a ``probe`` without meaning."""
        super().__init__(queries, indexes, k, keep_self, weights)
        self._found_by = opened.index
        self._refine = refine
        self.probe = set_probe(opened.index, probe)
        self._has_warned = False

    def blocks(self, device: str = "cpu", advance: Advance = silent) -> Iterator[pl.DataFrame]:
        """Yield neighbours as ``Search`` does; a warning counts those that were not found."""
        found = 0
        for block in super().blocks(device, advance):
            found += block.height
            yield block
        if found < self.neighbours:
            _warn(f"{self.neighbours - found:,} of {self.neighbours:,} neighbours")

    def find(
        self, queries: range, device: str = "cpu", advance: Advance = silent
    ) -> tuple[Rows, Floats]:
        """Find neighbours as ``Search`` does; the first time that some are not found, warn."""
        rows, scores = super().find(queries, device, advance)
        wanted = self.neighbours_of(queries)
        missing = wanted - np.count_nonzero(rows >= 0)
        if missing and not self._has_warned:
            self._has_warned = True
            _warn(
                f"{missing:,} of {wanted:,} neighbours of queries {queries.start:,} to "
                f"{queries.stop - 1:,}, perhaps more of others,"
            )
        return rows, scores

    @cached_property
    def portion(self) -> Portion:
        """How many queries to search at once: the FAISS index alone may exceed a limit."""
        return Portion(max(1, min(_MOST_QUERIES, _MOST_NEIGHBOURS // self.width)), "float32")

    def nearest(
        self,
        vectors: Floats | Doubles,
        k: int,
        device: str,
        advance: Advance,
        precision: Precision | None = None,
    ) -> tuple[Floats, Rows]:
        """Return scores and rows of the k best candidates; -1 where there are fewer."""
        count = min(self._refine * k, self._searched.n)
        step = max(1, _MOST_PAIRS // count)
        width = min(k, self._searched.n)
        scores = np.zeros((len(vectors), width), np.float32)
        rows = np.full((len(vectors), width), -1, np.int64)
        for first in range(0, len(vectors), step):
            part = slice(first, first + step)
            self._score(vectors[part], count, scores[part], rows[part])
            advance(len(vectors[part]) * self._searched.n)
        return scores, rows

    def best_exactly(
        self, queries: Rows, device: str = "cpu", advance: Advance = silent
    ) -> tuple[Rows, Floats]:
        """Return what ``Search.best`` does, without the FAISS index."""
        return self._best(queries, partial(super().nearest, device=device, advance=advance))

    def _score(self, vectors: Floats | Doubles, count: int, scores: Floats, rows: Rows) -> None:
        """Fill in the best candidates of some vectors."""
        found = candidates(self._found_by, vectors.astype(np.float32), count, self.times)
        with self.times.spent_on("rescoring"):
            queries, columns = np.nonzero(found >= 0)
            pairs = Pairs(queries, found[queries, columns], np.zeros(len(queries), np.int32))
            exact = exact_scores(vectors, self._searched, pairs, None)
            best = best_pairs(pairs, exact, rows.shape[1])
        queries = queries[best]
        ranks = np.arange(len(best)) - np.searchsorted(queries, queries)
        scores[queries, ranks] = exact[best]
        rows[queries, ranks] = pairs.rows[best]


def _warn(what: str) -> None:
    log.warning(
        "%s were not found, because the index found too few candidates; raise --probe", what
    )
