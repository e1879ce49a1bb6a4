"""The nominees of all queries, in groups whose best pairs threads choose side by side."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from threading import Lock

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Doubles, Floats
from gld_shared.search.nominees import Nominees
from gld_shared.search.pairs import Pairs, all_of, best_pairs
from gld_shared.search.products import Products
from gld_shared.search.threads import cores, in_order
from gld_shared.timing import Times

# Returns exact scores of pairs, computed by so many ``threads``.
Score = Callable[..., Floats]


class NomineeGroups:
    """``Nominees`` of consecutive queries, one group for each core.

    Other threads may read ``least`` at any time.
    """

    def __init__(self, products: Products, k: int, score: Score, times: Times) -> None:
        """Start without pairs."""
        count = len(products.errors.lengths)
        groups = min(cores(), count)
        bounds = np.linspace(0, count, groups + 1).astype(np.int64)
        self._starts, self._ends = bounds[:-1], bounds[1:]
        self._k, self._score, self._times = k, score, times
        self._reducing = Lock()
        self._groups = [
            Nominees(
                products.errors.of_queries(slice(start, end)),
                products.key_type,
                k,
                partial(_scores_of_group, score, start, cores() // groups),
                times,
            )
            for start, end in pairwise(bounds)
        ]

    def set_guess(self, guess: Doubles) -> None:
        """Set what each query's k-th best is expected to reach, (q,)."""
        for group, start, end in zip(self._groups, self._starts, self._ends, strict=True):
            group.guess = guess[start:end]

    def add(self, pairs: Pairs, longest: float, added: float) -> None:
        """Add pairs in the order of queries; see ``Nominees.add``."""
        firsts, lasts = np.searchsorted(pairs.queries, [self._starts, self._ends])
        for group, start, first, last in zip(
            self._groups, self._starts, firsts, lasts, strict=True
        ):
            group.add(pairs.chosen(slice(first, last)).moved(-start), longest, added)

    def best(self) -> tuple[Pairs, Floats]:
        """Return the k best pairs of each query in order, and their scores."""
        best = list(in_order(Nominees.best, self._groups, len(self._groups)))
        pairs = [of.moved(start) for (of, _), start in zip(best, self._starts, strict=True)]
        return all_of(pairs), np.concatenate([scores for _, scores in best])

    @property
    def least(self) -> Doubles:
        """What pairs must reach to be added, (q,)."""
        return np.concatenate([group.least for group in self._groups])

    def missed(self) -> npt.NDArray[np.bool_]:
        """Tell queries (q,) whose guess was too high, of which best pairs may be missing."""
        return np.concatenate([group.missed() for group in self._groups])

    def reduced(self, pairs: Pairs) -> Pairs:
        """Return only the k best pairs of each query, by exact scores; one thread at a time.

        For memory: pairs that products do not tell apart may be all pairs of a block.
        """
        with self._reducing, self._times.spent_on("rescoring"):
            return pairs.chosen(best_pairs(pairs, self._score(pairs, threads=cores()), self._k))


def _scores_of_group(score: Score, start: int, threads: int, pairs: Pairs) -> Floats:
    """Score pairs of a group that starts at a query.

    No method, since a cycle of objects would hold the queries until the next full collection.
    """
    return score(pairs.moved(start), threads=threads)
