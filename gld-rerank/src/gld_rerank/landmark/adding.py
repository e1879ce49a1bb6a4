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
    columns = np.empty(groups.shape[1] * len(sums), np.int64)
    for query in range(groups.shape[0]):
        count = _sum_up(groups[query], shares[query], ends, rows, start, sums, columns)
        of_query = products[query]
        for column in columns[:count]:
            of_query[column] += sums[column]
            sums[column] = 0


@compiled
def add_to_bfloat16(
    groups: Rows, shares: Floats, ends: Rows, rows: Rows, start: int, bits: npt.NDArray[np.int16]
) -> float:
    """Add votes to products in bfloat16, by their bits (m, b), and round each sum once.

    To the nearest number, and to the even one of two. Returns the largest absolute value of a
    product that something is added to.
    """
    sums, largest = np.zeros(bits.shape[1], np.float32), np.float32(0)
    columns = np.empty(groups.shape[1] * len(sums), np.int64)
    for query in range(groups.shape[0]):
        count = _sum_up(groups[query], shares[query], ends, rows, start, sums, columns)
        of_query = bits[query]
        for column in columns[:count]:
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
def _sum_up(
    groups: Rows,
    shares: Floats,
    ends: Rows,
    rows: Rows,
    start: int,
    sums: Floats,
    columns: Rows,
) -> int:
    """Add a query's shares to the ``sums`` (b,) of its groups' rows, which are 0 before.

    Writes the columns that something is added to, and returns their number. A column whose sum is
    0 again in between is written twice.
    """
    count = 0
    for vote, group in enumerate(groups):
        if group < 0:
            continue
        first = _first_from(start, rows, ends[group], ends[group + 1])
        last = _first_from(start + len(sums), rows, first, ends[group + 1])
        for place in range(first, last):
            column = rows[place] - start
            if sums[column] == 0:
                columns[count] = column
                count += 1
            sums[column] += shares[vote]
    return count


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
