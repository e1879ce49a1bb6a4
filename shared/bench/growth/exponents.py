"""How cost grows with size: the slope of a straight line through logarithms."""

from collections.abc import Mapping

import numpy as np


def exponent(seconds: Mapping[int, float]) -> float:
    """Return b of the best fit of seconds = a * size^b. Raises ValueError below two sizes."""
    if len(seconds) < 2:
        raise ValueError(f"expected at least two sizes, found {len(seconds)}")
    sizes, times = zip(*sorted(seconds.items()), strict=True)
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
