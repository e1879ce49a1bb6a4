"""Panels of vectors in 16-bit integers, and their products, by compiled loops.

A panel holds consecutive vectors side by side, pair of values after pair, for ``multiply_tile``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gld_shared.compiled import compiled, compiled_in_any_order, compiled_sums, compiled_within
from gld_shared.search.blocks import Floats
from gld_shared.search.compiled.float16 import value_of
from gld_shared.search.compiled.tile import HEIGHT, WIDTH, multiply_tile
from gld_shared.search.stored_rows import StoredRows
from gld_shared.search.workspace import Workspace

# The length of a vector in integers: the sum of two vectors' products has 31 bits, however rounded.
_LENGTH = 32_000
_TINY = 2.0**-126
_WIDER = 1.001  # for the rounding of a sum of squares in float32


@dataclass(frozen=True)
class Panels:
    """``count`` vectors: integers (p, pairs, w), two in each int32, times ``steps`` (p, w).

    What follows the last vector in its panel is of no meaning.
    """

    values: npt.NDArray[np.int32]
    steps: Floats
    count: int

    @property
    def longest(self) -> float:
        """A bound on the length of the longest vector; infinite or NaN as those of float32."""
        largest = float(self.steps.ravel()[: self.count].max())
        return largest * _LENGTH * (1 + 2.0**-20)


def unit_of(dimension: int) -> float:
    """Return what rounding changes at most, as a share of the longest vector's bound.

    Each value changes by half a step, and by the rounding of its quotient in float32.
    """
    return 0.51 / _LENGTH * math.sqrt(dimension)


def left_panels(vectors: Floats) -> Panels:
    """Round vectors (n, d), to be multiplied by ``right_panels``."""
    panels = _empty(vectors.shape, HEIGHT, Workspace())
    _round_vectors(vectors, panels.values, panels.steps)
    return panels


def right_panels(vectors: Floats, workspace: Workspace) -> Panels:
    """Round vectors (n, d) into arrays of the workspace."""
    panels = _empty(vectors.shape, WIDTH, workspace)
    # The loop is compiled for each layout of memory.
    _round_vectors(np.ascontiguousarray(vectors), panels.values, panels.steps)
    return panels


def right_panels_of_stored(stored: Sequence[StoredRows], workspace: Workspace) -> Panels:
    """Round stored rows likewise."""
    count = sum(len(rows) for _, rows in stored)
    panels = _empty((count, stored[0].vectors.shape[1]), WIDTH, workspace)
    first = 0
    for vectors, rows in stored:
        _round_stored(vectors.view(np.uint16), rows, first, panels.values, panels.steps)
        first += len(rows)
    return panels


def multiply(left: Panels, rows: slice, right: Panels, products: Floats) -> None:
    """Write the inner products of some left vectors and all right ones, (m, n)."""
    _multiply(left.values, left.steps, rows.start, right.values, right.steps, products)


def _empty(shape: tuple[int, ...], width: int, workspace: Workspace) -> Panels:
    count, dimension = shape
    panels, pairs = -(-count // width), max(1, -(-dimension // 2))
    values = workspace.array("panels", (panels, pairs, width), np.int32)
    return Panels(values, workspace.array("steps", (panels, width), np.float32), count)


@compiled_in_any_order
def _round_vectors(vectors: Floats, values: npt.NDArray[np.int32], steps: Floats) -> None:
    """Write vectors (n, d) to panels."""
    rounded = np.zeros(2 * values.shape[1], np.int16)
    for row in range(vectors.shape[0]):
        _round_vector(vectors[row], rounded, row, values, steps)


@compiled_in_any_order
def _round_stored(
    vectors: npt.NDArray[np.uint16],
    rows: npt.NDArray[np.int64],
    first: int,
    values: npt.NDArray[np.int32],
    steps: Floats,
) -> None:
    """Write stored rows to panels, from a place on."""
    rounded = np.zeros(2 * values.shape[1], np.int16)
    vector = np.empty(vectors.shape[1], np.float32)
    for row in range(len(rows)):
        bits = vectors[rows[row]]
        for place in range(len(vector)):
            vector[place] = value_of(bits[place])
        _round_vector(vector, rounded, first + row, values, steps)


@compiled_sums
def _round_vector(
    vector: Floats,
    rounded: npt.NDArray[np.int16],
    row: int,
    values: npt.NDArray[np.int32],
    steps: Floats,
) -> None:
    """Write a vector to its panel; ``rounded`` (d or more,) has zeros behind d."""
    square = np.float32(0)
    for place in range(len(vector)):
        square += vector[place] * vector[place]
    # Of a square below the smallest normal number nothing may be left.
    length = np.float32(_WIDER) * np.sqrt(square + np.float32(len(vector) * _TINY))
    each = np.float32(_LENGTH) / length
    for place in range(len(vector)):
        rounded[place] = np.int16(np.rint(vector[place] * each))
    panel, column = divmod(row, values.shape[2])
    steps[panel, column] = length / np.float32(_LENGTH)
    pairs, in_panel = rounded.view(np.int32), values[panel]
    for pair in range(len(pairs)):
        in_panel[pair, column] = pairs[pair]


@compiled
def _multiply(
    left: npt.NDArray[np.int32],
    left_steps: Floats,
    first: int,
    right: npt.NDArray[np.int32],
    right_steps: Floats,
    products: Floats,
) -> None:
    """Multiply the vectors from the ``first`` left one on, tile by tile."""
    height, width = products.shape
    edge = np.empty((HEIGHT, WIDTH), np.float32)
    for panel in range(right.shape[0]):
        column = panel * WIDTH
        # A panel, which a core's cache holds, is multiplied by all vectors before the next one.
        for above in range(first // HEIGHT, -(-(first + height) // HEIGHT)):
            row = above * HEIGHT - first
            whole = row >= 0 and row + HEIGHT <= height and column + WIDTH <= width
            tile = products[row:, column:] if whole else edge
            multiply_tile(left[above], left_steps[above], right[panel], right_steps[panel], tile)
            if not whole:
                _copy_inside(edge, row, column, products)


@compiled_within
def _copy_inside(tile: Floats, row: int, column: int, products: Floats) -> None:
    """Copy what lies inside the products of a tile that starts at this row and column."""
    for height in range(HEIGHT):
        if 0 <= row + height < products.shape[0]:
            for place in range(min(WIDTH, products.shape[1] - column)):
                products[row + height, column + place] = tile[height, place]
