"""Panels of vectors in 16-bit integers, and their products, by compiled loops.

A panel holds consecutive vectors side by side, pair of values after pair, for ``multiply_tile``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gld_shared.compiled import compiled, compiled_in_any_order, compiled_sums
from gld_shared.search.blocks import Floats
from gld_shared.search.compiled.float16 import value_of
from gld_shared.search.compiled.tile import HEIGHT, WIDTH, multiply_tile
from gld_shared.search.stored_rows import StoredRows
from gld_shared.search.workspace import Workspace

# The length of a vector in integers: the inner product of two, however rounded, fits in 31 bits.
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

    def scratch(self) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int32]]:
        """Return room for a vector in integers, (2 pairs,), all 0, and the same in pairs."""
        rounded = np.zeros(2 * self.values.shape[1], np.int16)
        return rounded, rounded.view(np.int32)


def unit_of(dimension: int) -> float:
    """Return what rounding changes at most, as a share of the longest vector's bound.

    Each value changes by half a step, and by the rounding of its quotient in float32.
    """
    return 0.51 / _LENGTH * math.sqrt(dimension)


def left_panels(vectors: Floats) -> Panels:
    """Round vectors (n, d), to be multiplied by ``right_panels``."""
    panels = _empty(vectors.shape, HEIGHT, Workspace())
    _round_vectors(vectors, *panels.scratch(), panels.values, panels.steps)
    return panels


def right_panels(vectors: Floats, workspace: Workspace) -> Panels:
    """Round vectors (n, d) into arrays of the workspace."""
    panels = _empty(vectors.shape, WIDTH, workspace)
    # The loop is compiled for each layout of memory.
    some = np.ascontiguousarray(vectors)
    _round_vectors(some, *panels.scratch(), panels.values, panels.steps)
    return panels


def right_panels_of_stored(stored: Sequence[StoredRows], workspace: Workspace) -> Panels:
    """Round stored rows likewise."""
    count = sum(len(rows) for _, rows in stored)
    panels = _empty((count, stored[0].vectors.shape[1]), WIDTH, workspace)
    first, vector = 0, np.empty(stored[0].vectors.shape[1], np.float32)
    for vectors, rows in stored:
        bits = vectors.view(np.uint16)
        _round_stored(bits, rows, first, vector, *panels.scratch(), panels.values, panels.steps)
        first += len(rows)
    return panels


def multiply(left: Panels, rows: slice, right: Panels, products: Floats) -> None:
    """Write the inner products of some left vectors and all right ones, (m, n)."""
    first, end = rows.start // HEIGHT, -(-(rows.start + len(products)) // HEIGHT)
    edge = np.empty((HEIGHT, WIDTH), np.float32)
    _multiply(
        left.values, left.steps, first, end, rows.start, right.values, right.steps, edge, products
    )


def _empty(shape: tuple[int, ...], width: int, workspace: Workspace) -> Panels:
    count, dimension = shape
    panels, pairs = -(-count // width), max(1, -(-dimension // 2))
    values = workspace.array("panels", (panels, pairs, width), np.int32)
    return Panels(values, workspace.array("steps", (panels, width), np.float32), count)


@compiled_in_any_order
def _round_vectors(
    vectors: Floats,
    rounded: npt.NDArray[np.int16],
    pairs: npt.NDArray[np.int32],
    values: npt.NDArray[np.int32],
    steps: Floats,
) -> None:
    """Write vectors (n, d) to panels."""
    for row in range(vectors.shape[0]):
        _round_vector(vectors[row], rounded, pairs, row, values, steps)


@compiled_in_any_order
def _round_stored(
    vectors: npt.NDArray[np.uint16],
    rows: npt.NDArray[np.int64],
    first: int,
    vector: Floats,
    rounded: npt.NDArray[np.int16],
    pairs: npt.NDArray[np.int32],
    values: npt.NDArray[np.int32],
    steps: Floats,
) -> None:
    """Write stored rows to panels, from a place on; ``vector`` (d,) is scratch."""
    for row in range(len(rows)):
        bits = vectors[rows[row]]
        for place in range(len(vector)):
            vector[place] = value_of(bits[place])
        _round_vector(vector, rounded, pairs, first + row, values, steps)


@compiled_sums
def _round_vector(
    vector: Floats,
    rounded: npt.NDArray[np.int16],
    pairs: npt.NDArray[np.int32],
    row: int,
    values: npt.NDArray[np.int32],
    steps: Floats,
) -> None:
    """Write a vector to its panel; ``rounded``, in the memory of ``pairs``, has zeros behind d."""
    square = np.float32(0)
    for place in range(len(vector)):
        square += vector[place] * vector[place]
    # Of a square below the smallest normal number nothing may be left.
    length = np.float32(_WIDER) * np.sqrt(square + np.float32(len(vector) * _TINY))
    each = np.float32(_LENGTH) / length
    for place in range(len(vector)):
        rounded[place] = np.int16(np.rint(vector[place] * each))
    panel = row // values.shape[2]
    column = row - panel * values.shape[2]
    steps[panel, column] = length / np.float32(_LENGTH)
    for pair in range(len(pairs)):
        values[panel, pair, column] = pairs[pair]


@compiled
def _multiply(
    left: npt.NDArray[np.int32],
    left_steps: Floats,
    first: int,
    end: int,
    start: int,
    right: npt.NDArray[np.int32],
    right_steps: Floats,
    edge: Floats,
    products: Floats,
) -> None:
    """Multiply the left panels from ``first`` to ``end``, tile by tile; ``start`` is a vector.

    ``edge`` (HEIGHT, WIDTH) is scratch for tiles of which not all is wanted.
    """
    height, width = products.shape
    for beside in range(right.shape[0]):
        column = beside * WIDTH
        # A panel, which a core's cache holds, is multiplied by all vectors before the next one.
        for above in range(first, end):
            row = above * HEIGHT - start
            whole = row >= 0 and row + HEIGHT <= height and column + WIDTH <= width
            multiply_tile(
                left, left_steps, above, right, right_steps, beside,
                products if whole else edge, row if whole else 0, column if whole else 0,
            )  # fmt: skip
            if not whole:
                for below in range(HEIGHT):
                    for place in range(WIDTH):
                        if 0 <= row + below < height and column + place < width:
                            products[row + below, column + place] = edge[below, place]
