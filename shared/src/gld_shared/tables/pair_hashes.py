"""Hashes of pairs of ids, by which millions of pairs are compared before their texts are."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

# Keeps the hash of a pair apart from that of the pair turned round.
_ODD = np.uint64(0x9E3779B97F4A7C15)


def pair_hashes(rows: pl.DataFrame, seed: int = 0) -> NDArray[np.uint64]:
    """Hash columns query_id and index_id together: (rows,). Equal pairs have equal hashes."""
    query, index = (rows[name].hash(seed).to_numpy() for name in ("query_id", "index_id"))
    return np.asarray(query * _ODD + index)


def any_equal(hashes: NDArray[np.uint64]) -> bool:
    """Return whether a hash appears twice; unless one does, no pair does."""
    in_order = np.sort(hashes)
    return bool((in_order[1:] == in_order[:-1]).any())
