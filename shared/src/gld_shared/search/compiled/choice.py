"""The choice of few keys among many by a compiled loop, several times as fast as by numpy."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.compiled import compiled
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
    """Write the pairs and return their number, or one more than the room if they do not fit."""
    count, width = 0, keys.shape[1]
    for query in range(keys.shape[0]):
        for first in range(0, width, AT_ONCE):
            if first + AT_ONCE <= width:
                bits = at_least(keys, query, first, least[query])
            else:
                bits = np.uint64(0)
                for row in range(first, width):
                    if keys[query, row] >= least[query]:
                        bits |= np.uint64(1) << np.uint64(row - first)
            while bits:
                if count == len(rows):
                    return count + 1
                row = first + lowest_bit(bits)
                queries[count], rows[count], chosen[count] = query, row, keys[query, row]
                count += 1
                bits &= bits - np.uint64(1)
    return count
