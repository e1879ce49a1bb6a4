"""Finding the pairs of the truth among many neighbours, by hashes that are then confirmed."""

from itertools import count

import numpy as np
import polars as pl
from gld_shared.tables.pair_hashes import any_equal, pair_hashes
from numpy.typing import NDArray

from gld_eval.judgements import PAIR
from gld_eval.protocols.judged import Integers

Hashes = NDArray[np.uint64]
# Cells of the table for each pair: one in 16 of the other neighbours is looked up in vain.
_CELLS = 16


class PairIndex:
    """Pairs (query_id, index_id), each once, that are looked up by both ids.

    Memory: 24 bytes and ``_CELLS`` to twice as many a pair.
    """

    def __init__(self, pairs: pl.DataFrame) -> None:
        """Hash the pairs, with the first seed that gives all of them different hashes."""
        self._pairs = pairs
        self._seed, hashes = _distinct_hashes(pairs)
        self._row = np.argsort(hashes)
        self._sorted = hashes[self._row]
        bits = max(6, (len(hashes) * _CELLS).bit_length())
        self._shift = np.uint64(64 - bits)
        self._present = np.zeros(1 << bits, bool)
        self._present[hashes >> self._shift] = True

    def find(self, rows: pl.DataFrame) -> tuple[Integers, Integers, Hashes]:
        """Return the rows that are pairs, ascending, and the row of each pair: (found,) both.

        Also returns the hashes of all rows: (rows,). Equal rows have equal hashes.
        """
        hashes = pair_hashes(rows, self._seed)
        at = np.flatnonzero(self._present[hashes >> self._shift])
        wanted = hashes[at]
        # In ascending order, so that the search finds its way in the CPU's cache.
        order = np.argsort(wanted)
        place = np.empty_like(order)
        place[order] = np.searchsorted(self._sorted, wanted[order])
        place[place == len(self._sorted)] = 0
        same = self._sorted[place] == wanted
        return *_confirmed(rows, at[same], self._pairs, self._row[place[same]]), hashes


def _distinct_hashes(pairs: pl.DataFrame) -> tuple[int, Hashes]:
    """Return the first seed that gives all pairs different hashes, and these."""
    for seed in count():
        hashes = pair_hashes(pairs, seed)
        if not any_equal(hashes):
            return seed, hashes
    raise AssertionError


def _confirmed(
    rows: pl.DataFrame, at: Integers, pairs: pl.DataFrame, pair: Integers
) -> tuple[Integers, Integers]:
    """Keep the matches whose ids are equal, not only their hashes."""
    equal = np.ones(len(at), bool)
    for name in PAIR:
        equal &= (rows[name].gather(at) == pairs[name].gather(pair)).to_numpy()
    return at[equal], pair[equal]
