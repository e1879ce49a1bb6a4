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
    for query in range(groups.shape[0]):
        for vote in range(groups.shape[1]):
            group = groups[query, vote]
            if group < 0:
                continue
            place, end = _first_from(start, rows, ends[group], ends[group + 1]), ends[group + 1]
            while place < end and rows[place] < start + products.shape[1]:
                products[query, rows[place] - start] += shares[query, vote]
                place += 1


@compiled
def add_to_bfloat16(
    groups: Rows,
    shares: Floats,
    ends: Rows,
    rows: Rows,
    start: int,
    sums: Floats,
    columns: Rows,
    bits: npt.NDArray[np.int16],
) -> float:
    """Add votes to products in bfloat16, by their bits (m, b), and round each sum once.

    To the nearest number, and to the even one of two. Returns the largest absolute value of a
    product that something is added to. ``sums`` (b,), all 0, and ``columns`` (v b,) are scratch;
    for the rest, see ``add_to_products``.
    """
    largest = np.float32(0)
    for query in range(groups.shape[0]):
        count = 0
        for vote in range(groups.shape[1]):
            group = groups[query, vote]
            if group < 0:
                continue
            place, end = _first_from(start, rows, ends[group], ends[group + 1]), ends[group + 1]
            while place < end and rows[place] < start + bits.shape[1]:
                column = rows[place] - start
                if sums[column] == 0:  # so it may be there twice, if its sum is 0 again in between
                    columns[count] = column
                    count += 1
                sums[column] += shares[query, vote]
                place += 1
        for place in range(count):
            column = columns[place]
            added = sums[column]
            if added == 0:
                continue
            sums[column] = 0
            product = np.int32(bits[query, column] << 16).view(np.float32)
            if abs(product) > largest:
                largest = abs(product)
            wide = np.float32(product + added).view(np.int32)
            bits[query, column] = (wide + 0x7FFF + ((wide >> 16) & 1)) >> 16
    return float(largest)


@compiled_within
def _first_from(row: int, rows: Rows, first: int, last: int) -> int:
    """Return the first of the places at which a row, in rising order, is not before ``row``."""
    while first < last:
        middle = (first + last) >> 1
        if rows[middle] < row:
            first = middle + 1
        else:
            last = middle
    return first
