"""Pairs of a query and a row of the index."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.keys import Keys, keys_of


class Pairs(NamedTuple):
    """Pairs, (p,) each: queries, rows of the index, and the keys of their products."""

    queries: Rows
    rows: Rows
    keys: Keys

    def chosen(self, which: Rows | npt.NDArray[np.bool_] | slice) -> "Pairs":
        """Return some of the pairs."""
        return Pairs(self.queries[which], self.rows[which], self.keys[which])

    def moved(self, queries: int) -> "Pairs":
        """Return the pairs with the numbers of queries raised by as many."""
        return self._replace(queries=self.queries + queries)


def all_of(parts: Sequence[Pairs]) -> Pairs:
    """Return the pairs of at least one part."""
    return Pairs(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def best_pairs(pairs: Pairs, scores: Floats, k: int) -> Rows:
    """Return the places of the k best pairs of each query, in order; the lower row wins a tie."""
    # One sort of whole numbers is several times as fast, and equal scores are rare.
    # Adding 0 makes -0 equal to 0.
    codes = order_codes(pairs.queries, keys_of((scores + np.float32(0)).view(np.int32)))
    order = np.argsort(codes)
    ordered = codes[order]
    equal = ordered[1:] == ordered[:-1]
    tied = np.flatnonzero(np.append(equal, False) | np.insert(equal, 0, False))
    order[tied] = order[tied][np.lexsort((pairs.rows[order[tied]], ordered[tied]))]
    counts = np.bincount(pairs.queries)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    best: Rows = order[np.arange(len(order)) - starts < k]
    return best


def order_codes(queries: Rows, keys: Keys) -> Rows:
    """Return whole numbers in the order of queries, and of falling keys in each; (p,) each."""
    codes: Rows = queries << 32
    codes -= keys
    return codes
