"""The check of a store's vectors: finite, not zero, and of length 1 if the store says so."""

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Floats

# Products of vectors of these lengths are far from the limits of float32.
_SHORTEST, _LONGEST = 1e-15, 1e15


def first_unusable(
    vectors: Floats, dtype: npt.DTypeLike, normalized: bool
) -> tuple[int, str] | None:
    """Find the first vector (b, d) that has no usable length: its position, and its fault.

    ``dtype`` is the type that rounded the vectors: in float16, the length of a unit vector differs
    from 1 by up to 0.0005.
    """
    low, high = _limits(dtype, normalized)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(vectors, vectors)
    # Written so that NaN is unusable too.
    usable = (squares >= low * low) & (squares <= high * high)
    if usable.all():
        return None
    position = int(np.argmin(usable))
    return position, _fault(vectors[position], normalized)


def surely_usable(
    squares: Floats, dimension: int, dtype: npt.DTypeLike, normalized: bool
) -> npt.NDArray[np.bool_]:
    """Tell vectors (b,) with a usable length, by squares that float32 summed in any order.

    False is either. Higham, Accuracy and Stability of Numerical Algorithms, 3.1: the relative error
    of such a sum is at most d 2^-24.
    """
    low, high = _limits(dtype, normalized)
    share = (dimension + 1) * 2.0**-23
    sure: npt.NDArray[np.bool_] = (squares >= low * low * (1 + share)) & (
        squares <= high * high * (1 - share)
    )
    return sure


def _limits(dtype: npt.DTypeLike, normalized: bool) -> tuple[float, float]:
    tolerance = max(2 * float(np.finfo(dtype).eps), 1e-4)
    return (1 - tolerance, 1 + tolerance) if normalized else (_SHORTEST, _LONGEST)


def _fault(vector: Floats, normalized: bool) -> str:
    if not np.isfinite(vector).all():
        return "its vector is not finite"
    expected = (
        "1, because the store is marked normalized"
        if normalized
        else f"{_SHORTEST:g} to {_LONGEST:g}"
    )
    length = np.linalg.norm(vector.astype(np.float64))
    return f"its vector has length {length:.6g}, expected {expected}"
