"""Tables of neighbours that are ready to be fused, and the result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours.keep_self import keeps_self
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.neighbour_table import neighbour_table
from gld_shared.store.parts import AnyStore
from gld_shared.text_encoding import shown

from gld_rerank.fusion.candidates import Candidates, candidates_of
from gld_rerank.fusion.methods import METHODS
from gld_rerank.fusion.normalisations import normalise
from gld_rerank.fusion.spool import Spooled
from gld_rerank.neighbours import expected_query
from gld_rerank.reasons import text_lines

# Neighbours of all tables together that are fused at once.
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Fusion:
    """Tables of neighbours that are ready to be fused: see ``fuse``.

    ``places`` (q, t) are the places of each query in the tables, -1 where a table lacks it;
    ``weights`` (t,) are the tables'.
    """

    inputs: Sequence[Spooled]
    queries: AnyStore
    index: AnyStore
    query_ids: Sequence[str]
    places: Rows
    method: str
    normalisation: str
    weights: Doubles
    k: int

    @property
    def n_queries(self) -> int:
        """The number of queries."""
        return len(self.query_ids)

    @property
    def query_rows(self) -> Rows:
        """The row of each query in the query store (q,)."""
        return self.queries.ids.rows_of(self.query_ids)

    @property
    def searched(self) -> tuple[int, int]:
        """The numbers of images in the query store, and in the index."""
        return self.queries.n, self.index.n

    @property
    def header(self) -> dict[str, Any]:
        """The stores and weights of the first table, and whether any table keeps own images."""
        given = self.inputs[0].header
        header: dict[str, Any] = {
            key: given[key] for key in ("queries", "index", "weights") if key in given
        }
        if any(map(keeps_self, self.inputs)):
            header["keep_self"] = True
        return header

    def ranked(self, queries: slice) -> Iterator[tuple[slice, Floats, Rows]]:
        """Yield these queries a few at a time, with scores and index rows (q, m) of each.

        The tables have about a million neighbours of them.
        """
        for part in self._parts(queries):
            yield part, *self._best(self._candidates(part))

    def blocks(self, advance: Advance = silent) -> Iterator[pl.DataFrame]:
        """Yield the fused neighbours, about a million neighbours of the tables at a time.

        ``advance`` is called with the number of queries that each block adds.
        """
        for part, scores, rows in self.ranked(slice(0, self.n_queries)):
            yield neighbour_table(self.query_ids[part], self.index.ids, scores, rows)
            advance(len(rows))

    def explain(self, query_id: str) -> Iterator[str]:
        """Yield lines of text: a query's results, and their ranks and scores in each table.

        Raises DataError for a query that no table has.
        """
        if query_id not in self.query_ids:
            raise DataError(
                f"{display_name(self.inputs[0].path)}: "
                f"no query {query_id!r}, nor has any other table; "
                f"{expected_query('their', self.query_ids)}"
            )
        query = self.query_ids.index(query_id)
        candidates = self._candidates(slice(query, query + 1))
        scores, rows = self._best(candidates)
        results = neighbour_table([query_id], self.index.ids, scores, rows)
        results = results.select("rank", "index_id", "score")
        at = np.searchsorted(candidates.rows, rows[0])
        is_weighted = (self.weights != 1).any()
        for number, table in enumerate(self.inputs, 1):
            weight = f", weight {self.weights[number - 1]:g}" if is_weighted else ""
            yield f"table {number}: {shown(table.path)}{weight}"
            ranks, values = (
                found[at, number - 1] for found in (candidates.ranks, candidates.scores)
            )
            results = results.with_columns(
                pl.Series(f"rank_{number}", ranks).replace(0, None),
                pl.Series(f"score_{number}", values).set(pl.Series(ranks == 0), None),
            )
        yield from text_lines(results)

    def _candidates(self, part: slice) -> Candidates:
        rankings = [
            table.ranking(places)
            for table, places in zip(self.inputs, self.places[part].T, strict=True)
        ]
        by = self.normalisation
        return candidates_of(
            [replace(each, scores=normalise(each.scores, each.counts, by)) for each in rankings]
        )

    def _best(self, candidates: Candidates) -> tuple[Floats, Rows]:
        return candidates.best(METHODS[self.method](candidates, self.weights), self.k)

    def _parts(self, queries: slice) -> Iterator[slice]:
        """Yield slices of queries that have about as many neighbours as are fused at once."""
        tables = zip(self.inputs, self.places[queries].T, strict=True)
        ends = np.cumsum(np.sum([table.counts(places) for table, places in tables], axis=0))
        first = 0
        while first < len(ends):
            before = ends[first - 1] if first else 0
            last = max(first + 1, int(np.searchsorted(ends, before + _AT_ONCE, side="right")))
            yield slice(queries.start + first, queries.start + last)
            first = last
