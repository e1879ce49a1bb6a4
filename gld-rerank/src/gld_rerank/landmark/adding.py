"""Adding votes to the products of a block: loops over the rows that have a tag."""

import numpy as np
import numpy.typing as npt
from gld_shared.compiled import compiled, compiled_within
from gld_shared.search.blocks import Floats, Rows


@compiled
def add_to_products(
    groups: Rows, shares: Floats, ends: Rows, rows: Rows, start: int, products: Floats
) -> None:
    """Add votes to the products of m queries and the index rows from ``start`` on, (m, b) float32.

    Shares (m, v) are added to rows in groups (m, v), -1 = no group. The rows of group g are
    ``rows[ends[g] : ends[g + 1]]``, ascending.
    """
    sums = np.zeros(products.shape[1], np.float32)
    for query in range(groups.shape[0]):
        _sum_up(groups[query], shares[query], ends, rows, start, sums)
        of_query = products[query]
        for group in groups[query]:
            for place in range(*_inside(group, ends, rows, start, len(sums))):
                column = rows[place] - start
                of_query[column] += sums[column]
                sums[column] = 0  # the row may be in another group of this query too


@compiled
def add_to_bfloat16(
    groups: Rows, shares: Floats, ends: Rows, rows: Rows, start: int, bits: npt.NDArray[np.int16]
) -> float:
    """Add votes to products in bfloat16, by their bits (m, b), and round each sum once.

    To the nearest number, and to the even one of two. Returns the largest absolute value of a
    product that something is added to.
    """
    sums, largest = np.zeros(bits.shape[1], np.float32), np.float32(0)
    for query in range(groups.shape[0]):
        _sum_up(groups[query], shares[query], ends, rows, start, sums)
        of_query = bits[query]
        for group in groups[query]:
            for place in range(*_inside(group, ends, rows, start, len(sums))):
                column = rows[place] - start
                added = sums[column]
                if added == 0:
                    continue
                sums[column] = 0
                product = np.int32(of_query[column] << 16).view(np.float32)
                largest = max(largest, abs(product))
                wide = np.float32(product + added).view(np.int32)
                of_query[column] = (wide + 0x7FFF + ((wide >> 16) & 1)) >> 16
    return float(largest)


@compiled_within
def _sum_up(groups: Rows, shares: Floats, ends: Rows, rows: Rows, start: int, sums: Floats) -> None:
    """Add a query's shares to the ``sums`` (b,) of its groups' rows."""
    for vote in range(len(groups)):
        for place in range(*_inside(groups[vote], ends, rows, start, len(sums))):
            sums[rows[place] - start] += shares[vote]


@compiled_within
def _inside(group: int, ends: Rows, rows: Rows, start: int, count: int) -> tuple[int, int]:
    """Return the places where a group's rows inside a block start and end."""
    if group < 0:
        return 0, 0
    first, last = ends[group], ends[group + 1]
    return _first_from(start, rows, first, last), _first_from(start + count, rows, first, last)


@compiled_within
def _first_from(row: int, rows: Rows, first: int, last: int) -> int:
    """Return the first of the places at which a row, in rising order, is not before ``row``."""
    while first < last:
        middle = (first + last) // 2
        if rows[middle] < row:
            first = middle + 1
        else:
            last = middle
    return first
