"""The pairs of some queries that may be among the best, as far as fast products tell."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.error_bounds import ProductErrors
from gld_shared.search.keys import Keys, lowest_keys, numbers_of
from gld_shared.search.pairs import Pairs, all_of, best_pairs, order_codes
from gld_shared.timing import Times


class TooManyNominees(Exception):
    """So many pairs are nearly equal that the products do not tell them apart."""


def most_nominees(n_queries: int, k: int) -> int:
    """Return the number of pairs beyond which products hardly tell pairs apart."""
    return n_queries * (4 * k + 1024)


class Nominees:
    """All pairs that may be among the k best of their query; ``floor`` rises as more are known.

    The exact value of each query's k-th best pair is at least its ``floor``, and is expected to
    reach its ``guess``. Other threads may read both at any time.
    """

    def __init__(
        self,
        errors: ProductErrors,
        key_type: type[np.signedinteger[Any]],
        k: int,
        score: Callable[[Pairs], Floats],
        times: Times,
    ) -> None:
        """Start without pairs, of products with these errors; ``score`` returns exact scores."""
        self.floor = np.full(len(errors.lengths), -np.inf)
        self.guess = np.full(len(self.floor), -np.inf)
        self._k = k
        self._errors = errors
        self._score = score
        self._times = times
        self._longest = self._added = 0.0
        self._kept = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, key_type))
        self._scored = self._kept, np.empty(0, np.float32)
        self._waiting: list[Pairs] = []

    def add(self, pairs: Pairs, longest: float, added: float) -> None:
        """Add pairs of vectors of which the longest has this length; ``added`` bounds more errors.

        Raises TooManyNominees if the products are of rounded vectors.
        """
        self._waiting.append(pairs)
        self._longest = max(self._longest, longest)
        self._added = max(self._added, added)
        if self._is_due():
            with self._times.spent_on("nomination"):
                self._settle()

    def _is_due(self) -> bool:
        """Tell whether to raise the floor: to save memory, or because some query has no guess."""
        waiting = sum(len(each.rows) for each in self._waiting)
        if waiting < len(self.floor) * self._k:
            return False
        most = most_nominees(len(self.floor), self._k)
        return waiting + len(self._kept.rows) > most // 2 or not np.isfinite(self.guess).all()

    def best(self) -> tuple[Pairs, Floats]:
        """Return the k best pairs of each query in order, and their scores."""
        with self._times.spent_on("nomination"):
            kth = self._settle()
            is_first = self._kept.keys >= kth[self._kept.queries]
            others = self._kept.chosen(np.flatnonzero(~is_first))
            self._kept = self._kept.chosen(np.flatnonzero(is_first))
        # Those with the k largest products first: after their exact scores few others remain.
        self._score_kept()
        self._kept = self._near(others)
        self._score_kept()
        return self._scored

    @property
    def least(self) -> Doubles:
        """What pairs must reach to be added, (q,)."""
        least: Doubles = np.maximum(self.floor, self.guess)
        return least

    def missed(self) -> npt.NDArray[np.bool_]:
        """Tell queries (q,) whose guess was too high, of which best pairs may be missing."""
        missed: npt.NDArray[np.bool_] = self.floor < self.guess
        return missed

    def _settle(self) -> Keys:
        """Raise the floor, and keep the pairs that may still reach it.

        Returns the k-th largest key of each query, (q,); the lowest key where there are fewer.
        """
        pairs = all_of([self._kept, *self._waiting])
        self._waiting = []
        bound = self._errors.bound(self._longest) + self._added
        full, kth = _kth_keys(pairs, len(self.floor), self._k)
        reached = self._errors.least_values(numbers_of(kth), bound[full])
        self.floor[full] = np.maximum(self.floor[full], reached)
        self._kept = self._near(pairs)
        if len(self._kept.rows) > most_nominees(len(self.floor), self._k):
            if self._errors.unit:
                raise TooManyNominees
            self._score_kept()
        every = np.full(len(self.floor), np.iinfo(kth.dtype).min, kth.dtype)
        every[full] = kth
        return every

    def _near(self, pairs: Pairs) -> Pairs:
        """Return the pairs that may reach the floor."""
        bound = self._errors.bound(self._longest) + self._added
        least = lowest_keys(self._errors.least_products(self.floor, bound), pairs.keys.dtype)
        return pairs.chosen(np.flatnonzero(pairs.keys >= least[pairs.queries]))

    def _score_kept(self) -> None:
        """Score the pairs that are kept, and of all that are scored keep the k best."""
        pairs, scores = self._scored
        pairs = all_of([pairs, self._kept])
        scores = np.concatenate([scores, self._exact_scores(self._kept)])
        best = best_pairs(pairs, scores, self._k)
        self._scored = pairs.chosen(best), scores[best]
        self._kept = pairs.chosen(best[:0])
        counts = np.bincount(self._scored[0].queries, minlength=len(self.floor))
        full = np.flatnonzero(counts == self._k)
        # A score is rounded to float32.
        kth = np.nextafter(scores[best][np.cumsum(counts)[full] - 1], np.float32(-np.inf))
        self.floor[full] = np.maximum(self.floor[full], kth)

    def _exact_scores(self, pairs: Pairs) -> Floats:
        with self._times.spent_on("rescoring"):
            return self._score(pairs)


def _kth_keys(pairs: Pairs, n_queries: int, k: int) -> tuple[Rows, Keys]:
    """Return the queries that have at least k pairs, and the k-th largest key of each."""
    ordered = order_codes(pairs.queries, pairs.keys)
    ordered.sort()
    counts = np.bincount(pairs.queries, minlength=n_queries)
    full = np.flatnonzero(counts >= k)
    kth = ordered[(np.cumsum(counts) - counts)[full] + k - 1]
    return full, ((full << 32) - kth).astype(pairs.keys.dtype)
