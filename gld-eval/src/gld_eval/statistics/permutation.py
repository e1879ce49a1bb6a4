"""Permutation test of paired differences: would random signs give as large a mean?"""

import numpy as np
from numpy.typing import NDArray

from gld_eval.statistics.resampling import Values

# The smallest p-value is 1 in 10,000.
PERMUTATIONS = 9_999
_BLOCK_SIGNS = 1 << 20
_SAME = 1e-12  # Means that differ by less do so by rounding.


def sign_flip_p_values(
    differences: Values, seed: int, permutations: int = PERMUTATIONS
) -> NDArray[np.float64]:
    """Compute the two-sided p-value of each column's mean, if either run may be called the other.

    ``differences`` (queries, m) of two runs on the same queries. Each permutation flips each
    query's sign with probability 1/2; p is the share of means at least as far from 0, the one
    observed among them, so that it is never 0 and no smaller than chance allows. Memory: 8 MB, or
    8 bytes a query where these are more.
    """
    generator = np.random.default_rng(seed)
    # Equal queries change no sum.
    differences = differences[np.any(differences != 0, axis=1)]
    n, width = differences.shape
    total = differences.sum(axis=0)
    least = np.abs(total) - _SAME * max(n, 1)
    as_large = np.ones(width)
    rows = max(1, _BLOCK_SIGNS // max(n, 1))
    for start in range(0, permutations, rows):
        flips = min(rows, permutations - start)
        bits = np.unpackbits(generator.integers(0, 256, (flips, (n + 7) // 8), np.uint8), axis=1)
        totals = 2 * (bits[:, :n].astype(np.float64) @ differences) - total
        as_large += np.count_nonzero(np.abs(totals) >= least, axis=0)
    return as_large / (permutations + 1)
