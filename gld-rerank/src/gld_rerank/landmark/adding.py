"""Adding shares of votes to the products of a block: loops over the rows that have a tag.

Products (m, b) are of the index rows from ``start`` on. Shares (m, v) are added to rows in groups
(m, v), -1 = no group. The rows of group g are ``rows[ends[g] : ends[g + 1]]``, ascending.
"""

import numpy as np
from gld_shared.compiled import compiled, compiled_within
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.keys import Keys


@compiled
def add(products: Floats, groups: Rows, shares: Floats, ends: Rows, rows: Rows, start: int) -> None:
    """Add shares to products in float32."""
    count = products.shape[1]
    for query in range(groups.shape[0]):
        for vote in range(groups.shape[1]):
            group = groups[query, vote]
            if group < 0:
                continue
            for place in range(_first(rows, ends[group], ends[group + 1], start), ends[group + 1]):
                column = rows[place] - start
                if column >= count:
                    break
                products[query, column] += shares[query, vote]


@compiled
def add_to_bfloat16(
    bits: Keys, groups: Rows, shares: Floats, ends: Rows, rows: Rows, start: int
) -> float:
    """Add shares to products that ``bits`` hold in bfloat16, and round each sum once.

    Returns the largest absolute value of a product that was added to.
    """
    count, largest = bits.shape[1], np.float32(0)
    added = np.zeros(count, np.float32)
    number = np.empty(1, np.float32)
    for query in range(groups.shape[0]):
        for vote in range(groups.shape[1]):
            group = groups[query, vote]
            if group < 0:
                continue
            for place in range(_first(rows, ends[group], ends[group + 1], start), ends[group + 1]):
                column = rows[place] - start
                if column >= count:
                    break
                added[column] += shares[query, vote]
        for vote in range(groups.shape[1]):
            group = groups[query, vote]
            if group < 0:
                continue
            for place in range(_first(rows, ends[group], ends[group + 1], start), ends[group + 1]):
                column = rows[place] - start
                if column >= count:
                    break
                if added[column] != 0:  # not yet in another group of this query
                    _widen(bits[query, column], number)
                    largest = max(largest, abs(number[0]))
                    number[0] += added[column]
                    _round(number, bits, query, column)
                    added[column] = 0
    return float(largest)


@compiled_within
def _first(rows: Rows, low: int, high: int, start: int) -> int:
    """Return the first place from ``low`` to ``high`` whose row is not before ``start``."""
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < start:
            low = middle + 1
        else:
            high = middle
    return low


@compiled_within
def _widen(bits: int, number: Floats) -> None:
    """Write a number of bfloat16 to ``number`` (1,): its bits are the upper half of those."""
    number.view(np.uint32)[0] = np.uint32(np.uint16(bits)) << np.uint32(16)


@compiled_within
def _round(number: Floats, bits: Keys, query: int, column: int) -> None:
    """Write the bits of the bfloat16 that is nearest to ``number`` (1,), of two the even one."""
    exact = number.view(np.uint32)[0]
    half = np.uint32(0x7FFF) + ((exact >> np.uint32(16)) & np.uint32(1))
    bits[query, column] = np.int16(np.uint16((exact + half) >> np.uint32(16)))
