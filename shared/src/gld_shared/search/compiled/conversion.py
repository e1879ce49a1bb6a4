"""Stored float16 rounded to bfloat16, or widened to float32, in a quarter of the reading time.

By compiled loops, which compute the length of the longest row on the way.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.compiled import compiled_in_any_order
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.compiled.float16 import value_of
from gld_shared.search.error_bounds import length_bounds
from gld_shared.search.stored_rows import StoredRows


def round_stored(stored: Sequence[StoredRows], rounded: npt.NDArray[np.int16]) -> float:
    """Write the bits of rows (b, d) in bfloat16, and return a bound on the length of the longest.

    To the nearest number, and to the even one of two.
    """
    return _convert(_round_rows, stored, rounded)


def widen_stored(stored: Sequence[StoredRows], widened: Floats) -> float:
    """Write rows (b, d) in float32, and return a bound on the length of the longest."""
    return _convert(_widen_rows, stored, widened)


def _convert(
    convert_rows: Callable[[npt.NDArray[np.uint16], Rows, npt.NDArray[Any]], float],
    stored: Sequence[StoredRows],
    converted: npt.NDArray[Any],
) -> float:
    largest, done = 0.0, 0
    for vectors, rows in stored:
        end = done + len(rows)
        largest = max(largest, convert_rows(vectors.view(np.uint16), rows, converted[done:end]))
        done = end
    return float(length_bounds(np.array([largest]), converted.shape[1])[0])


@compiled_in_any_order
def _round_rows(
    vectors: npt.NDArray[np.uint16], rows: Rows, rounded: npt.NDArray[np.int16]
) -> float:
    """Write the rounded rows, and return the largest square of a length, summed in float32."""
    largest = np.float32(0)
    for row in range(len(rows)):
        bits, result = vectors[rows[row]], rounded[row]
        square = np.float32(0)
        for place in range(bits.shape[0]):
            value = value_of(bits[place])
            square += value * value
            wide = np.float32(value).view(np.int32)
            result[place] = (wide + 0x7FFF + ((wide >> 16) & 1)) >> 16
        if square > largest:
            largest = square
    return float(largest)


@compiled_in_any_order
def _widen_rows(vectors: npt.NDArray[np.uint16], rows: Rows, widened: Floats) -> float:
    """Write the rows, and return the largest square of a length, summed in float32."""
    largest = np.float32(0)
    for row in range(len(rows)):
        bits, result = vectors[rows[row]], widened[row]
        square = np.float32(0)
        for place in range(bits.shape[0]):
            value = value_of(bits[place])
            square += value * value
            result[place] = value
        if square > largest:
            largest = square
    return float(largest)
