"""Exact copies among the vectors of an index."""

import numpy as np
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.index import Index, blocks_of

_AT_ONCE = 4096


def first_copies(vectors: Index) -> Rows:
    """Return the first row that has the same vector, for each of n vectors: (n,).

    A vector without an earlier copy is its own first. Memory: 32 bytes for each vector, and a
    block.
    """
    keys = np.concatenate([_keys_of(block) for _, block in blocks_of(vectors, _AT_ONCE)])
    _, firsts, places = np.unique(keys, return_index=True, return_inverse=True)
    first: Rows = firsts[places]
    copies = np.flatnonzero(first != np.arange(vectors.n))
    for start in range(0, len(copies), _AT_ONCE):
        some = copies[start : start + _AT_ONCE]
        # Different vectors may have the same key.
        differs = (vectors.read(some) != vectors.read(first[some])).any(axis=1)
        first[some[differs]] = some[differs]
    return first


def _keys_of(vectors: Floats) -> Rows:
    """Return a number for each vector (n, d), which copies share: a random sum of their bits."""
    # Adding 0 makes -0 equal to 0.
    bits = (vectors + np.float32(0)).view(np.uint32).astype(np.int64)
    factors = np.random.default_rng(0).integers(-(2**63), 2**63, bits.shape[1])
    keys: Rows = bits @ factors
    return keys
