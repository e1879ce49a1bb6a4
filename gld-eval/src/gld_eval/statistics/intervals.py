"""95% intervals by the bias-corrected and accelerated bootstrap (BCa).

The plain percentile interval of 200 average precisions covers the true mean in 92 to 96% of
samples, and misses it on one side up to seven times as often as on the other, because most values
are 0 or most are 1. BCa corrects both: 94 to 96%, as often on either side.
"""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from gld_eval.statistics.resampling import RESAMPLES, Values, resampled_means

LEVEL = 0.95
_NORMAL = NormalDist()
_SAME = 1e-12  # Means that differ by less do so by rounding.


class Interval(NamedTuple):
    """The ends of a 95% interval."""

    low: float
    high: float


NO_INTERVAL = Interval(np.nan, np.nan)


def intervals_of_means(values: Values, seed: int, resamples: int = RESAMPLES) -> list[Interval]:
    """Compute the interval of the mean of each column of ``values`` (queries, m).

    Fewer than two queries have none: both ends are nan. Equal values have one without width.
    """
    if len(values) < 2:
        return [NO_INTERVAL] * values.shape[1]
    drawn = resampled_means(values, seed, resamples)
    return [
        bca_interval(float(column.mean()), means, acceleration(column))
        for column, means in zip(values.T, drawn.T, strict=True)
    ]


def acceleration(influence: Values) -> float:
    """Compute BCa's acceleration from each query's influence; for a mean, the values themselves."""
    deviation = influence - influence.mean()
    scale = np.square(deviation).sum() ** 1.5
    return float((deviation**3).sum() / (6 * scale)) if scale > 0 else 0.0


def bca_interval(estimate: float, drawn: Values, accelerated: float) -> Interval:
    """Compute the BCa interval from the resampled estimates ``drawn`` (resamples,).

    Source: Efron (1987), Better bootstrap confidence intervals, equations 2.3 and 6.6.
    """
    if np.ptp(drawn) <= _SAME:
        return Interval(estimate, estimate)
    below = np.count_nonzero(drawn < estimate - _SAME)
    not_above = np.count_nonzero(drawn <= estimate + _SAME)
    # Half of the equal ones count as below. Neither none nor all, whose normal value is infinite.
    share = ((below + not_above) / 2 + 0.5) / (len(drawn) + 1)
    bias = _NORMAL.inv_cdf(share)
    ends = [_NORMAL.inv_cdf((1 + side * LEVEL) / 2) + bias for side in (-1, 1)]
    shares = [_NORMAL.cdf(bias + end / (1 - accelerated * end)) for end in ends]
    low, high = np.quantile(drawn, shares)
    return Interval(float(low), float(high))
