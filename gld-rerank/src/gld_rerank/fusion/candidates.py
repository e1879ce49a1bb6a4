"""The images that any of several tables ranks for a query, with their rank and score in each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.best_of_pairs import best_of_pairs

_ROW_BITS = 40
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Ranking:
    """One table's neighbours of some queries, of which each ranks its own from 1 on.

    ``counts`` (q,) are the queries' numbers of neighbours; ``rows`` and ``scores`` (their sum,) are
    index rows and scores, query after query, best first.
    """

    counts: Rows
    rows: Rows
    scores: Doubles

    @property
    def queries(self) -> Rows:
        """The number of each neighbour's query."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def ranks(self) -> Rows:
        """The rank of each neighbour."""
        firsts = np.cumsum(self.counts) - self.counts
        return np.arange(len(self.rows)) - np.repeat(firsts, self.counts) + 1


@dataclass(frozen=True)
class Candidates:
    """The candidates (c,) of some queries in t tables, by query and then by index row.

    ``queries`` and ``rows`` (c,) say whose candidate each is, and which image. ``ranks`` and
    ``scores`` (c, t) are those in each table, both 0 where a table lacks it. ``counts`` (c, t) are
    the numbers of neighbours that the tables have for its query, ``unions`` (c,) its number of
    candidates. There are ``n_queries``, of which some may have no candidates.
    """

    n_queries: int
    queries: Rows
    rows: Rows
    ranks: Rows
    scores: Doubles
    counts: Rows
    unions: Rows

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Whether each table ranks each candidate (c, t)."""
        return self.ranks > 0

    @property
    def tables(self) -> Rows:
        """The number of tables that rank each candidate (c,)."""
        found: Rows = self.present.sum(axis=1)
        return found

    def best(self, scores: Doubles, k: int) -> tuple[Floats, Rows]:
        """Return the k candidates of each query with the highest scores (c,), and these: (q, m).

        Scores are rounded to float32; equal ones are in the order of index rows. A query with fewer
        candidates has rows of -1 last.
        """
        clipped = np.clip(scores, -_LARGEST, _LARGEST)
        return best_of_pairs(self.queries, self.rows, clipped, self.n_queries, k)


def candidates_of(rankings: Sequence[Ranking]) -> Candidates:
    """Return the candidates of the same queries in several tables, which may lack some."""
    keys = [(each.queries << _ROW_BITS) | each.rows for each in rankings]
    distinct, places = np.unique(np.concatenate(keys), return_inverse=True)
    table = np.repeat(np.arange(len(rankings)), [len(each.rows) for each in rankings])
    queries = distinct >> _ROW_BITS
    ranks = np.zeros((len(distinct), len(rankings)), np.int64)
    ranks[places, table] = np.concatenate([each.ranks for each in rankings])
    scores = np.zeros(ranks.shape)
    scores[places, table] = np.concatenate([each.scores for each in rankings])
    counts = np.stack([each.counts for each in rankings], axis=1)[queries]
    n_queries = len(rankings[0].counts)
    unions = np.bincount(queries, minlength=n_queries)[queries]
    rows = distinct & ((1 << _ROW_BITS) - 1)
    return Candidates(n_queries, queries, rows, ranks, scores, counts, unions)
