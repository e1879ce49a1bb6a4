"""Sums of pairs' products by a compiled loop, in a fifth of the time that numpy takes.

The loop sums in an order of its own, which changes the last bits of float64. Rounded to float32 the
sums are equal, except for one pair of some hundred thousand, which is summed again.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.compiled import compiled, compiled_in_any_order
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.compiled.float16 import value_of
from gld_shared.search.error_bounds import length_bounds, lengths_of
from gld_shared.search.stored_rows import StoredRows


def compiled_products(
    left: Floats | Doubles, lengths: Doubles, left_rows: Rows, right: Floats, right_rows: Rows
) -> tuple[Doubles, Doubles]:
    """Return the inner products of pairs of rows, (p,) float64, and a bound on each error.

    That is its difference from a sum of the same products in another order. ``lengths`` are those
    of the left rows.
    """
    products = np.empty(len(left_rows), np.float64)
    # The loop is compiled for each layout of memory.
    some, others = np.ascontiguousarray(left), np.ascontiguousarray(right)
    _sum_pairs(some, left_rows, others, right_rows, products)
    errors = lengths[left_rows] * lengths_of(right)[right_rows]
    return products, _share(left.shape[1]) * errors


def products_of_stored(
    left: Floats | Doubles,
    lengths: Doubles,
    left_rows: Rows,
    right: Sequence[StoredRows],
    counts: Rows,
) -> tuple[Doubles, Doubles]:
    """Return the same for pairs in the order of stored rows, each of which is in ``counts`` pairs.

    Each row is widened once, in a core's cache.
    """
    products, squares = np.empty(len(left_rows), np.float64), np.empty(len(counts), np.float32)
    starts = np.concatenate([[0], np.cumsum(counts)])
    some, other, done = np.ascontiguousarray(left), np.empty(left.shape[1], np.float32), 0
    for vectors, rows in right:
        end = done + len(rows)
        pairs, of_rows = starts[done : end + 1], squares[done:end]
        bits = vectors.view(np.uint16)
        _sum_pairs_of_rows(some, left_rows, bits, rows, pairs, other, products, of_rows)
        done = end
    dimension = left.shape[1]
    of_right = length_bounds(squares.astype(np.float64), dimension)
    errors = lengths[left_rows] * np.repeat(of_right, counts)
    return products, _share(dimension) * errors


def _share(dimension: int) -> float:
    """Return the largest difference between two sums, as a share of both vectors' lengths.

    Higham, 3.1: either sum is within d 2^-53 |q| |x| of the exact value; products in float64 add as
    much as one more term.
    """
    return (2 * dimension + 4) * 2.0**-53


def rounded_as(exact: Callable[[Rows], Doubles], sums: Doubles, errors: Doubles) -> Floats:
    """Round sums (p,) to float32, to the bits of ``exact`` sums of some of the pairs.

    Those differ by at most ``errors``, and by the rounding of one addition to either.
    """
    rounded, unsure = np.empty(len(sums), np.float32), np.empty(len(sums), np.int64)
    unsure = unsure[: _round(sums, errors, rounded, unsure)]
    if len(unsure):
        rounded[unsure] = exact(unsure)
    return rounded


@compiled
def _round(sums: Doubles, errors: Doubles, rounded: Floats, unsure: Rows) -> int:
    """Write rounded sums and the places of unsure ones, and return the number of those."""
    count = 0
    for place in range(len(sums)):
        value = sums[place]
        error = errors[place] + 2.0**-51 * abs(value)
        rounded[place] = value
        # The sign of a zero depends on the order too.
        if np.float32(value - error) != np.float32(value + error) or rounded[place] == 0:
            unsure[count] = place
            count += 1
    return count


@compiled_in_any_order
def _sum_pairs(
    left: npt.NDArray[Any],
    left_rows: Rows,
    right: npt.NDArray[Any],
    right_rows: Rows,
    sums: Doubles,
) -> None:
    for pair in range(len(sums)):
        some, other = left[left_rows[pair]], right[right_rows[pair]]
        total = 0.0
        for place in range(some.shape[0]):
            total += np.float64(some[place]) * np.float64(other[place])
        sums[pair] = total


@compiled_in_any_order
def _sum_pairs_of_rows(
    left: npt.NDArray[Any],
    left_rows: Rows,
    right: npt.NDArray[np.uint16],
    right_rows: Rows,
    starts: Rows,
    other: Floats,
    sums: Doubles,
    squares: Floats,
) -> None:
    """Sum the pairs from ``starts[i]`` to ``starts[i + 1]`` of each row, and its own squares.

    ``other`` (d,) is scratch.
    """
    dimension = left.shape[1]
    for row in range(len(right_rows)):
        bits = right[right_rows[row]]
        square = np.float32(0)
        for place in range(dimension):
            value = value_of(bits[place])
            other[place] = value
            square += value * value
        squares[row] = square
        for pair in range(starts[row], starts[row + 1]):
            some = left[left_rows[pair]]
            total = 0.0
            for place in range(dimension):
                total += np.float64(some[place]) * np.float64(other[place])
            sums[pair] = total
