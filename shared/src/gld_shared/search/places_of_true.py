"""The places of the few true values among many."""

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Rows


def places_of_true(values: npt.NDArray[np.bool_]) -> Rows:
    """Return the places of what is true, as np.flatnonzero does: faster where that is little."""
    if 8 * np.count_nonzero(values) > len(values):
        return np.flatnonzero(values)
    whole = len(values) // 8 * 8
    eights = np.flatnonzero(values[:whole].view(np.uint64) != 0)
    inside = np.flatnonzero(values[:whole].reshape(-1, 8)[eights])
    places = 8 * eights[inside >> 3] + (inside & 7)
    rest = whole + np.flatnonzero(values[whole:])
    return np.concatenate([places, rest]) if len(rest) else places
