"""Which products of a block votes are added to: loops over the rows that have a tag."""

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Floats, Rows


def added_to_block(
    groups: Rows, shares: Floats, ends: Rows, rows: Rows, start: int, count: int
) -> tuple[Rows, Floats]:
    """Return the places (p,) of products of a block that votes add to, and the sums of these (p,).

    Products are of m queries and the ``count`` index rows from ``start`` on, (m, count), whose
    places are numbered row by row. Shares (m, v) are added to rows in groups (m, v), -1 = no group.
    The rows of group g are ``rows[ends[g] : ends[g + 1]]``, ascending. Each place is returned once.
    """
    # As many as there may be; what is not written takes no memory.
    most = len(groups) * count
    places, sums = np.empty(most, np.int64), np.empty(most, np.float32)
    added = np.zeros(count, np.float32)
    found = _add(groups, shares, ends, rows, start, added, places, sums)
    return places[:found], sums[:found]


@compiled
def _add(
    groups: Rows,
    shares: Floats,
    ends: Rows,
    rows: Rows,
    start: int,
    added: Floats,
    places: Rows,
    sums: Floats,
) -> int:
    """Write places and sums, and return their number; ``added`` (count,) is scratch, all 0."""
    count, found = len(added), 0
    for query in range(groups.shape[0]):
        for is_second in (False, True):
            for vote in range(groups.shape[1]):
                group = groups[query, vote]
                if group < 0:
                    continue
                place, end = ends[group], ends[group + 1]
                high = end
                while place < high:  # the first row that is not before the block
                    middle = (place + high) // 2
                    if rows[middle] < start:
                        place = middle + 1
                    else:
                        high = middle
                while place < end and rows[place] < start + count:
                    column = rows[place] - start
                    if not is_second:
                        added[column] += shares[query, vote]
                    elif added[column] != 0:  # not yet in another group of this query
                        places[found], sums[found] = query * count + column, added[column]
                        added[column] = 0
                        found += 1
                    place += 1
    return found
