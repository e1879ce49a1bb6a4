"""The choice of few keys among many by a compiled loop, several times as fast as by numpy."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.compiled import compiled, compiled_within
from gld_shared.search.blocks import Rows
from gld_shared.search.compiled.instructions import AT_ONCE, at_least, lowest_bit
from gld_shared.search.keys import Keys
from gld_shared.search.pairs import Pairs


def chosen_keys(keys: Keys, least: Keys, most: int) -> Pairs | None:
    """Return the pairs of ``keys`` (m, b) that are at least ``least`` (m,), in order of both.

    None if there are more than ``most``. Memory: 18 to 20 bytes for each of the pairs.
    """
    queries, rows = np.empty(most, np.int64), np.empty(most, np.int64)
    chosen = np.empty(most, keys.dtype)
    count = _choose(keys, least, queries, rows, chosen)
    if count > most:
        return None
    return Pairs(queries[:count].copy(), rows[:count].copy(), chosen[:count].copy())


@compiled
def _choose(
    keys: npt.NDArray[Any],
    least: npt.NDArray[Any],
    queries: Rows,
    rows: Rows,
    chosen: npt.NDArray[Any],
) -> int:
    """Write the pairs, and return their number; one more than there is room for if it is less."""
    count, width = 0, keys.shape[1]
    whole = width // AT_ONCE * AT_ONCE
    for query in range(keys.shape[0]):
        of_query, enough = keys[query], least[query]
        before = count
        for first in range(0, whole, AT_ONCE):
            bits = at_least(of_query, first, enough)
            while bits:
                count = _add(of_query, first + lowest_bit(bits), count, rows, chosen)
                bits &= bits - np.uint64(1)
        for row in range(whole, width):
            if of_query[row] >= enough:
                count = _add(of_query, row, count, rows, chosen)
        if count > len(rows):
            return count
        queries[before:count] = query
    return count


@compiled_within
def _add(
    of_query: npt.NDArray[Any], row: int, count: int, rows: Rows, chosen: npt.NDArray[Any]
) -> int:
    """Write a row and its key behind as many as ``count``, if there is room."""
    if count >= len(rows):
        return len(rows) + 1
    rows[count] = row
    chosen[count] = of_query[row]
    return count + 1
