"""Strings in buffers: their text, and where each ends in it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from gld_shared.search.blocks import Rows

Hashes = npt.NDArray[np.uint32]
_WORD = 8
# The bytes that are left of a string, at most a word, as a mask of the word.
_MASKS = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)
_ODD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
# Strings that are hashed at once: what is computed stays in the CPU's cache.
_AT_ONCE = 1 << 13


class Strings(NamedTuple):
    """Strings (m,) one after the other in UTF-8, and where each ends, (m + 1,) after a first 0."""

    text: bytes
    ends: Rows

    def pieces(self, count: int, size: int) -> Iterator["Strings"]:
        """Yield all strings, at most ``count`` at a time, and ``size`` bytes, but at least one."""
        first, n = 0, len(self.ends) - 1
        while first < n:
            fitting = int(np.searchsorted(self.ends, self.ends[first] + size, "right")) - 1
            last = min(n, first + count, max(first + 1, fitting))
            ends = self.ends[first : last + 1]
            yield Strings(self.text[ends[0] : ends[-1]], ends - ends[0])
            first = last


def strings_of(names: pl.Series) -> Strings:
    """Return the strings of a column, none of them null."""
    ends = np.zeros(len(names) + 1, np.int64)
    np.cumsum(names.str.len_bytes().to_numpy(), out=ends[1:])
    return Strings(names.str.join("").cast(pl.Binary).item(), ends)


def hashes_of(strings: Strings) -> Hashes:
    """Hash each string, (m,), eight bytes at a time."""
    # Each word begins a byte after the one before it; the last ones begin with the last bytes.
    text = strings.text + bytes(_WORD)
    words = np.ndarray(len(strings.text) + 1, "<u8", text, strides=(1,))
    hashes = np.empty(len(strings.ends) - 1, np.uint32)
    for first in range(0, len(hashes), _AT_ONCE):
        hashes[first : first + _AT_ONCE] = _mixed(words, strings.ends[first:][: _AT_ONCE + 1])
    return hashes


def _mixed(words: npt.NDArray[np.uint64], ends: Rows) -> npt.NDArray[np.uint64]:
    """Mix each string's length and words; ``words`` are those that begin at each byte of a text."""
    starts, lengths = ends[:-1], np.diff(ends)
    mixed = lengths.astype(np.uint64) * _ODD  # apart from the bytes, which may be zeros
    longest = int(lengths.max())
    for start in range(0, longest, _WORD):
        if lengths.min() == longest:  # most ids: a view of every so many words is much faster
            rows: slice | Rows = slice(None)
            word = words[ends[0] + start : ends[-1] : longest]
            mask = _MASKS[min(longest - start, _WORD)]
        else:
            rows = np.flatnonzero(lengths > start)
            word = words[starts[rows] + start]
            mask = _MASKS[np.minimum(lengths[rows] - start, _WORD)]
        product = (mixed[rows] ^ word & mask) * _ODD
        mixed[rows] = product ^ (product >> _HALF)
    return mixed
