"""Judged results: the arrays that every protocol scores."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Grade(IntEnum):
    """The grade of a pair in the truth; ``WRONG`` is judged, but not relevant."""

    RELEVANT = 0
    EASY = 1
    HARD = 2
    JUNK = 3
    WRONG = 4


ALL_RELEVANT = (Grade.RELEVANT, Grade.EASY, Grade.HARD)


@dataclass(frozen=True)
class Pairs:
    """Pairs of the truth: row of the query, grade, and whether the image is the query's own."""

    query: Integers
    grade: NDArray[np.int8]
    own: Flags

    def chosen(self, grades: Collection[Grade], own_image: bool) -> Flags:
        """Mark the pairs of some grades: (pairs,) bool; the own image only if ``own_image``."""
        marked = np.isin(self.grade, [int(grade) for grade in grades])
        return np.asarray(marked if own_image else marked & ~self.own)


@dataclass(frozen=True)
class Results(Pairs):
    """The results that the truth judges, and own images, sorted by query and rank.

    ``rank`` starts at 1. ``repeated`` marks a result that the query has already had. ``tie_end`` is
    the last rank with the same score; ``tie_rank`` is the rank once equal scores are ordered by
    index id, descending. ``positive`` marks scores above 0. All are (results,).
    """

    rank: Integers
    repeated: Flags
    tie_end: Integers
    tie_rank: Integers
    positive: Flags

    def positions(self, removed: Collection[Grade]) -> tuple[Integers, Flags]:
        """Take own images and some grades out: ranks of the others, and a mark of what is gone."""
        gone = self.chosen(removed, own_image=False) | self.own
        if not gone.any():
            return self.rank, gone
        before: Integers = np.cumsum(gone) - gone
        first = np.searchsorted(self.query, self.query, side="left")
        return self.rank - (before - before[first]), gone


@dataclass(frozen=True)
class Hits:
    """Relevant results in flat form, sorted by query and rank.

    ``query`` and ``rank`` (hits,): row of the query, and rank from 1 once the removed results are
    gone. ``positives`` and ``length`` (queries,): relevant images in the truth, and results that
    are not removed.
    """

    query: Integers
    rank: Integers
    positives: Integers
    length: Integers

    @cached_property
    def number(self) -> Integers:
        """The number of each hit among its query's, from 1: (hits,)."""
        first = np.searchsorted(self.query, self.query, side="left")
        return np.asarray(np.arange(len(self.query)) - first + 1)

    def sums(self, values: NDArray[Any]) -> Values:
        """Add values of the hits (hits,) up by query: (queries,)."""
        return np.bincount(self.query, values, len(self.positives)).astype(np.float64)

    def up_to(self, k: int) -> Values:
        """Count the hits up to rank k: (queries,)."""
        return self.sums(self.rank <= k)

    def precision_sums(self, k: int) -> Values:
        """Add up the precision at the hits up to rank k: (queries,)."""
        return self.sums(np.where(self.rank <= k, self.number / self.rank, 0))

    def per_positive(self, sums: Values) -> Values:
        """Divide by the positives: (queries,), nan for a query without any."""
        return np.asarray(sums / np.where(self.positives > 0, self.positives, np.nan))


@dataclass(frozen=True)
class Judged:
    """Judged results and pairs of the truth; ``length`` (queries,) counts all results.

    Metrics that take the same hits share them.
    """

    results: Results
    truth: Pairs
    length: Integers
    _shared: dict[object, Hits] = field(default_factory=dict, compare=False, repr=False)

    def positives(self, relevant: Collection[Grade], own_image: bool) -> Integers:
        """Count the relevant images of each query in the truth: (queries,)."""
        rows = self.truth.query[self.truth.chosen(relevant, own_image)]
        return np.bincount(rows, minlength=len(self.length)).astype(np.int64)

    def hits(
        self,
        relevant: Collection[Grade] = ALL_RELEVANT,
        removed: Collection[Grade] = (Grade.JUNK,),
    ) -> Hits:
        """Take the query's own image and the removed grades out, and keep the relevant results."""
        key = (tuple(relevant), tuple(removed))
        if key not in self._shared:
            self._shared[key] = self._hits(*key)
        return self._shared[key]

    def _hits(self, relevant: Collection[Grade], removed: Collection[Grade]) -> Hits:
        results = self.results
        rank, gone = results.positions(removed)
        hit = results.chosen(relevant, own_image=False) & ~results.repeated
        removed_of = np.bincount(results.query[gone], minlength=len(self.length))
        return Hits(
            results.query[hit],
            rank[hit],
            self.positives(relevant, own_image=False),
            self.length - removed_of,
        )

    def all_hits(self, rank: Integers, counted: Flags | None = None) -> Hits:
        """Remove nothing, and keep the relevant results, sorted by other ranks (results,).

        ``counted`` (results,) marks those that may count as hits; all, if it is not given.
        """
        hit = self.results.chosen(ALL_RELEVANT, own_image=True)
        hit = hit if counted is None else hit & counted
        query, ranks = self.results.query[hit], rank[hit]
        order = np.lexsort((ranks, query))
        positives = self.positives(ALL_RELEVANT, own_image=True)
        return Hits(query[order], ranks[order], positives, self.length)
