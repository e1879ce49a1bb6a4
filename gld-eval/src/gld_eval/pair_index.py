"""Finding the pairs of the truth among many neighbours, by hashes that are then confirmed."""

from itertools import count

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gld_eval.judgements import PAIR
from gld_eval.protocols.judged import Integers

Hashes = NDArray[np.uint64]
# Keeps the hashes of a pair apart from those of the pair turned round.
_ODD = np.uint64(0x9E3779B97F4A7C15)
# Cells of the table for each pair: one in 16 of the other neighbours is looked up in vain.
_CELLS = 16


class PairIndex:
    """Pairs (query_id, index_id), each once, that are looked up by both ids.

    Memory: 24 bytes and ``_CELLS`` to twice as many a pair.
    """

    def __init__(self, pairs: pl.DataFrame) -> None:
        """Hash the pairs, with the first seed that gives all of them different hashes."""
        self._pairs = pairs
        for self._seed in count():
            hashes = _combined(*self._hashes(pairs))
            self._row = np.argsort(hashes)
            self._sorted = hashes[self._row]
            if not (self._sorted[1:] == self._sorted[:-1]).any():
                break
        bits = max(6, (len(hashes) * _CELLS).bit_length())
        self._shift = np.uint64(64 - bits)
        self._present = np.zeros(1 << bits, bool)
        self._present[hashes >> self._shift] = True

    def find(self, rows: pl.DataFrame) -> tuple[Integers, Integers]:
        """Return the rows that are pairs, ascending, and the row of each pair: (found,) both."""
        hashes = _combined(*self._hashes(rows))
        at = np.flatnonzero(self._present[hashes >> self._shift])
        place = np.searchsorted(self._sorted, hashes[at])
        place[place == len(self._sorted)] = 0
        same = self._sorted[place] == hashes[at]
        at, pair = at[same], self._row[place[same]]
        return _confirmed(rows, at, self._pairs, pair)

    def _hashes(self, rows: pl.DataFrame) -> tuple[Hashes, Hashes]:
        query, index = (rows[name].hash(self._seed).to_numpy() for name in PAIR)
        return query, index


def _combined(query: Hashes, index: Hashes) -> Hashes:
    return np.asarray(query * _ODD + index)


def _confirmed(
    rows: pl.DataFrame, at: Integers, pairs: pl.DataFrame, pair: Integers
) -> tuple[Integers, Integers]:
    """Keep the matches whose ids are equal, not only their hashes."""
    equal = np.ones(len(at), bool)
    for name in PAIR:
        equal &= (rows[name].gather(at) == pairs[name].gather(pair)).to_numpy()
    return at[equal], pair[equal]
