"""The rows that a caller wants, by a slice or by numbers, within those that there are."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Rows


def bounds_of(rows: slice, n: int) -> tuple[int, int]:
    """Return first row and end of a slice of ``n`` rows.

    Raises ValueError for a step other than 1.
    """
    start, stop, step = rows.indices(n)
    if step != 1:
        raise ValueError(f"rows have a step of {step}, expected 1")
    return start, max(start, stop)


def numbers_of(rows: npt.ArrayLike, n: int) -> Rows:
    """Return the numbers of some of ``n`` rows as an array.

    Raises ValueError for rows that there are not, such as -1, and for masks.
    """
    numbers: npt.NDArray[Any] = np.asarray(rows)
    if len(numbers) and numbers.dtype.kind not in "iu":
        raise ValueError(f"rows are {numbers.dtype}, expected a slice or integers")
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < n):
        wrong = numbers[(numbers < 0) | (numbers >= n)][0]
        raise ValueError(f"row {wrong} is wanted, expected 0 to {n - 1}")
    return numbers.astype(np.int64, copy=False)
