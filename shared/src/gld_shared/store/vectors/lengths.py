"""The check of vectors: finite, not zero, and of length 1 where that is expected."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Doubles, Floats

# Products of vectors of these lengths are far from the limits of float32.
_SHORTEST, _LONGEST = 1e-15, 1e15


class Unusable(NamedTuple):
    """A vector without a usable length: its position, its fault, and whether it has a length."""

    position: int
    fault: str
    can_be_scaled: bool


def first_unusable(
    vectors: Floats | Doubles, dtype: npt.DTypeLike, unit_because: str = ""
) -> Unusable | None:
    """Find the first vector (b, d) that has no usable length.

    A usable length is 1 if ``unit_because`` says why, else any far from the limits of float32.
    ``dtype`` is the type that rounded the vectors: in float16, the length of a unit vector differs
    from 1 by up to 0.0005.
    """
    low, high = _limits(dtype, bool(unit_because))
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(vectors, vectors)
    # Written so that NaN is unusable too.
    usable = (squares >= low * low) & (squares <= high * high)
    if usable.all():
        return None
    position = int(np.argmin(usable))
    return _unusable(position, vectors[position], unit_because)


def surely_usable(
    squares: Floats, dimension: int, dtype: npt.DTypeLike, normalized: bool
) -> npt.NDArray[np.bool_]:
    """Return which vectors (b,) surely have a usable length, by squares summed in float32.

    False means that it is not known. The order of the sums is any. Higham, Accuracy and Stability
    of Numerical Algorithms, 3.1: the relative error of such a sum is at most d 2^-24.
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


def _unusable(position: int, vector: Floats | Doubles, unit_because: str) -> Unusable:
    if not np.isfinite(vector).all():
        return Unusable(position, "its vector is not finite", False)
    expected = f"1, because {unit_because}" if unit_because else f"{_SHORTEST:g} to {_LONGEST:g}"
    length = np.linalg.norm(vector.astype(np.longdouble))
    fault = f"its vector has length {length:.6g}, expected {expected}"
    return Unusable(position, fault, bool(length > 0))
