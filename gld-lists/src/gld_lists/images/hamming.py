"""Nearest-neighbour search among 64-bit hashes by Hamming distance, within a few bits.

Two hashes that differ in at most d bits differ in at most d // 4 bits in one of their four quarters
(the pigeonhole principle). A query is therefore compared only with the hashes that nearly share a
quarter with it: a few hundred of a million.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]
MAX_DISTANCE = 11
_QUARTERS, _BITS = 4, 16
_BLOCK = 1 << 21
_NONE = np.uint64(1 << 63)


class Nearest(NamedTuple):
    """The row of each query's nearest hash and their distance in bits; -1 for none."""

    rows: Rows
    distances: Rows


def nearest(queries: Hashes, base: Hashes, within: int) -> Nearest:
    """Find the nearest hash of ``base`` for each query, within ``within`` (0..11) bits.

    Of equally near hashes the first counts. Memory: about 60 bytes for each hash of either side,
    and a block of 2 million comparisons, or of all comparisons of one query if these are more;
    never queries times base.
    """
    unique, first = np.unique(base, return_index=True)
    return _nearest(queries, unique, first, within)


def nearest_earlier(hashes: Hashes, within: int) -> Nearest:
    """Find the nearest earlier hash for each hash; otherwise as ``nearest``."""
    unique, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    found = _nearest(unique, unique, first, within, first)
    # The search covers the first occurrence of each hash; a repeated hash is at distance 0 from it.
    repeated = first[inverse] != np.arange(len(hashes))
    return Nearest(
        np.where(repeated, first[inverse], found.rows[inverse]),
        np.where(repeated, 0, found.distances[inverse]),
    )


def _nearest(
    queries: Hashes, base: Hashes, base_rows: Rows, within: int, before: Rows | None = None
) -> Nearest:
    """Report rows of ``base_rows``; with ``before``, only rows below each query's limit."""
    if not 0 <= within <= MAX_DISTANCE:
        raise ValueError(f"within is {within}, expected 0..{MAX_DISTANCE}")
    # The best match so far: the distance in the high 32 bits, the row in the low 32 bits.
    best = np.full(len(queries), _NONE)
    for query, found in _candidates(queries, base, within // _QUARTERS):
        distance = np.bitwise_count(queries[query] ^ base[found])
        near = distance <= within
        if before is not None:
            near &= base_rows[found] < before[query]
        key = (distance[near].astype(np.uint64) << 32) | base_rows[found[near]].astype(np.uint64)
        np.minimum.at(best, query[near], key)
    none = best == _NONE
    rows = (best & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return Nearest(np.where(none, -1, rows), np.where(none, -1, (best >> 32).astype(np.int64)))


def _candidates(queries: Hashes, base: Hashes, flips: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield blocks of pairs (query, row of base) that share a quarter up to ``flips`` bits."""
    for quarter in range(_QUARTERS):
        keys = _quarter(base, quarter)
        order = np.argsort(keys, kind="stable")
        starts = np.searchsorted(keys[order], np.arange((1 << _BITS) + 1))
        query_keys = _quarter(queries, quarter)
        for mask in _masks(flips):
            wanted = query_keys ^ mask
            for part, places in _ranges(starts[wanted], starts[wanted + 1]):
                yield part, order[places]


def _quarter(hashes: Hashes, quarter: int) -> Rows:
    return ((hashes >> np.uint64(_BITS * quarter)) & np.uint64(0xFFFF)).astype(np.int64)


def _masks(flips: int) -> Iterator[int]:
    """Yield every 16-bit number with at most ``flips`` bits set."""
    for count in range(flips + 1):
        for bits in combinations(range(_BITS), count):
            yield sum(1 << bit for bit in bits)


def _ranges(starts: Rows, ends: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield blocks of (row, position) for every position in ``starts[row]..ends[row]``."""
    counts = ends - starts
    before = np.concatenate([[0], np.cumsum(counts)])
    row = 0
    while row < len(counts):
        stop = max(int(np.searchsorted(before, before[row] + _BLOCK, side="right")) - 1, row + 1)
        part = counts[row:stop]
        rows = np.repeat(np.arange(row, stop), part)
        shift = np.repeat(starts[row:stop] - before[row:stop], part)
        yield rows, np.arange(before[row], before[stop]) + shift
        row = stop
