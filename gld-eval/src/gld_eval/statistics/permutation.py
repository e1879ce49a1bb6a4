"""Permutation test of paired differences: would random signs give as large a mean?"""

import numpy as np

from gld_eval.statistics.resampling import Values

# The smallest p-value is 1 in 10,000.
PERMUTATIONS = 9_999
_BLOCK_SIGNS = 1 << 20
_SAME = 1e-12  # Means that differ by less do so by rounding.


def sign_flip_p_value(differences: Values, seed: int, permutations: int = PERMUTATIONS) -> float:
    """Compute the two-sided p-value of the mean, if either run may be called the other.

    ``differences`` (queries,) of two runs on the same queries. Each permutation flips each query's
    sign with probability 1/2; p is the share of means at least as far from 0, the one observed
    among them, so that it is never 0. Memory: 20 MB, or 20 bytes a query where these are more.
    """
    generator = np.random.default_rng(seed)
    differences = differences[differences != 0]  # Equal queries change no sum.
    n, total = len(differences), differences.sum()
    least = abs(total) - _SAME * n
    as_large = 1
    rows = max(1, _BLOCK_SIGNS // max(n, 1))
    for start in range(0, permutations, rows):
        flips = min(rows, permutations - start)
        bits = np.unpackbits(generator.integers(0, 256, (flips, (n + 7) // 8), np.uint8), axis=1)
        totals = 2 * (bits[:, :n].astype(np.float64) @ differences) - total
        as_large += int(np.count_nonzero(np.abs(totals) >= least))
    return as_large / (permutations + 1)
