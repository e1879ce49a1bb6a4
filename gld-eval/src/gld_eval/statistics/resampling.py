"""Bootstrap: means of queries that are drawn again, with replacement."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Efron and Tibshirani (1993, section 14.2) ask for 1,000 or more; the ends of an interval then
# differ by about 2% of its width between two seeds.
RESAMPLES = 4_000
# More queries than these are first counted by value: drawing them one by one takes too long.
MOST_QUERIES = 10_000
# Levels that values are rounded to then. The means keep their standard deviation to 1 in 10,000.
LEVELS = 256


def resampled_means(values: Values, seed: int, resamples: int = RESAMPLES) -> Values:
    """Draw as many queries as there are, with replacement, and take the means: (resamples, m).

    ``values`` (queries, m) are finite; their columns are drawn together, so that they stay paired
    (more than ``MOST_QUERIES`` apart). Memory: 100 KB a thousand queries, and the result.
    """
    generator = np.random.default_rng(seed)
    if len(values) > MOST_QUERIES:
        columns = [_means_by_level(column, generator, resamples) for column in values.T]
        return np.stack(columns, axis=1)
    return _means_by_query(values, generator, resamples)


def _means_by_query(values: Values, generator: np.random.Generator, resamples: int) -> Values:
    n, columns = len(values), np.ascontiguousarray(values.T)
    sums, drawn = np.empty((resamples, len(columns))), np.empty_like(columns)
    for row in sums:
        times_drawn = np.bincount(generator.integers(0, n, n, dtype=np.uint32), minlength=n)
        # Not a product by BLAS, whose last bits depend on the other columns and on the machine.
        np.multiply(columns, times_drawn, out=drawn).sum(axis=1, out=row)
    return sums / n


def _means_by_level(values: Values, generator: np.random.Generator, resamples: int) -> Values:
    """Draw from the levels, as often as each has queries; a level's value is its queries' mean."""
    low, high = values.min(), values.max()
    level = np.rint((values - low) * ((LEVELS - 1) / (high - low or 1.0))).astype(np.int64)
    queries = np.bincount(level, minlength=LEVELS)
    totals = np.bincount(level, weights=values, minlength=LEVELS)
    drawn = generator.multinomial(len(values), queries / len(values), size=resamples)
    sums: Values = np.sum(drawn * (totals / np.maximum(queries, 1)), axis=1)
    return sums / len(values)
