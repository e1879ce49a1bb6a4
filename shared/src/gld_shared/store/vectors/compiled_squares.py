"""Squares of the lengths of stored float16 vectors, by a compiled loop."""

import numpy as np
import numpy.typing as npt

from gld_shared.compiled import compiled_in_any_order
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.compiled.float16 import value_of


def squares_of(vectors: npt.NDArray[np.float16], rows: Rows) -> Floats:
    """Sum the squares of some rows (r,) of vectors (c, d) in float32, in any order; (r,)."""
    squares = np.empty(len(rows), np.float32)
    _sum_squares(vectors.view(np.uint16), rows, squares)
    return squares


@compiled_in_any_order
def _sum_squares(vectors: npt.NDArray[np.uint16], rows: Rows, squares: Floats) -> None:
    for place in range(len(rows)):
        bits, square = vectors[rows[place]], np.float32(0)
        for column in range(bits.shape[0]):
            value = value_of(bits[column])
            square += value * value
        squares[place] = square
