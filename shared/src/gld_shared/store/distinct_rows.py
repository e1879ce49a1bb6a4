"""The distinct ones of many rows."""

import numpy as np

from gld_shared.search.blocks import Rows

# Rows of a store for each wanted row, beyond which arrays of its length take too much memory.
_SPARSE = 16


def distinct_rows(rows: Rows, n: int) -> tuple[Rows, Rows]:
    """Return the distinct ones of rows (m,) of ``n``, in order, and each row's place among them.

    Memory: up to 80 bytes for each row.
    """
    if n > _SPARSE * len(rows):
        return np.unique(rows, return_inverse=True)
    # Faster than np.unique, which sorts.
    is_wanted = np.zeros(n, np.bool_)
    is_wanted[rows] = True
    distinct = np.flatnonzero(is_wanted)
    places = np.empty(n, np.int32)
    places[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, places[rows].astype(np.int64)
