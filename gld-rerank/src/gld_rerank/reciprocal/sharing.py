"""The nodes whose averaged weights share a member with a node's own, by inverted lists."""

import numpy as np
from gld_shared.compiled import ThreadScratch, compiled
from gld_shared.search.blocks import Rows

from gld_rerank.reciprocal.encoding import Encoding
from gld_rerank.reciprocal.lists import Lists, Nodes


class Sharing:
    """Finds all nodes at a Jaccard distance below 1.

    A node's averaged weights are those of its ``k2`` nearest. So a node shares a member if one of
    its nearest has it: from members to the nodes whose weights have them, and from these to the
    nodes that they are near to. Memory: 4 bytes for each member, and for each of n k2 places; 5
    bytes for each node and thread.
    """

    def __init__(self, lists: Lists, encoding: Encoding, k2: int) -> None:
        """Invert members and nearest nodes."""
        n = len(lists)
        self._nearest = np.ascontiguousarray(lists.nodes[:, :k2])
        self._starts, self._members = encoding.starts, encoding.members
        self._holders = _inverted(encoding.starts, encoding.members, n)
        even = np.arange(n + 1, dtype=np.int64) * self._nearest.shape[1]
        self._near_to = _inverted(even, self._nearest.ravel(), n)
        self._marks, self._seen = ThreadScratch(n, np.uint8), ThreadScratch(n, np.int32)

    def nodes(self, node: int) -> Nodes:
        """Return the nodes that share a member with a node, in ascending order."""
        seen = self._seen.zeros()
        count = _sharing(
            node,
            self._nearest,
            self._starts,
            self._members,
            *self._holders,
            *self._near_to,
            self._marks.zeros(),
            seen,
        )
        return np.sort(seen[:count])


def _inverted(starts: Rows, members: Nodes, n: int) -> tuple[Rows, Nodes]:
    """Return, for each member, the rows that hold it: where they start (n + 1,), and the rows."""
    counts = np.bincount(members[members >= 0], minlength=n)
    inverted_starts = np.concatenate([[0], counts.cumsum()])
    rows = np.empty(inverted_starts[-1], np.int32)
    _invert(starts, members, inverted_starts[:-1].copy(), rows)
    return inverted_starts, rows


@compiled
def _invert(starts: Rows, members: Nodes, ends: Rows, rows: Nodes) -> None:
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            member = members[place]
            if member >= 0:
                rows[ends[member]] = row
                ends[member] += 1


@compiled
def _sharing(
    node: int,
    nearest: Nodes,
    starts: Rows,
    members: Nodes,
    holder_starts: Rows,
    holders: Nodes,
    near_to_starts: Rows,
    near_to: Nodes,
    marks: "np.ndarray[tuple[int], np.dtype[np.uint8]]",
    seen: Nodes,
) -> int:
    """Mark members with 1, their holders with 2, and the nodes that holders are near to with 4.

    These nodes come first in ``seen`` (n,), and their number is returned. ``marks`` (n,) is
    scratch: all 0 before and after.
    """
    size = 0
    for rank in range(nearest.shape[1]):
        near = nearest[node, rank]
        if near < 0:
            break
        for place in range(starts[near], starts[near + 1]):
            member = members[place]
            if marks[member] & 1:
                continue
            if marks[member] == 0:
                seen[size] = member
                size += 1
            marks[member] |= 1
            for at in range(holder_starts[member], holder_starts[member + 1]):
                holder = holders[at]
                if marks[holder] & 2:
                    continue
                if marks[holder] == 0:
                    seen[size] = holder
                    size += 1
                marks[holder] |= 2
                for to in range(near_to_starts[holder], near_to_starts[holder + 1]):
                    other = near_to[to]
                    if marks[other] == 0:
                        seen[size] = other
                        size += 1
                    marks[other] |= 4
    count = 0
    for place in range(size):
        each = seen[place]
        if marks[each] & 4:
            seen[count] = each
            count += 1
        marks[each] = 0
    return count
