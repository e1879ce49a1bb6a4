"""k-reciprocal neighbours, and their expansion, for a range of nodes."""

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.graph.reciprocal_members import IN_SET, add_most_shared
from gld_rerank.reciprocal.lists import Lists, Nodes

# A distance that the lists do not hold.
UNKNOWN = np.float32(np.nan)


def reciprocal_neighbours(lists: Lists, width: int) -> Nodes:
    """Return the nodes of each list's first ``width`` that hold its node in theirs.

    Shape (n, min(width, m)), -1 = no more. Each node is its own first neighbour.
    """
    found = np.full((len(lists), min(width, lists.nodes.shape[1])), -1, np.int32)
    _reciprocal(lists.nodes, found)
    return found


@compiled
def _reciprocal(lists: Nodes, found: Nodes) -> None:
    width = found.shape[1]
    for node in range(len(lists)):
        count = 0
        for rank in range(width):
            neighbour = lists[node, rank]
            if neighbour < 0:
                break
            for back in range(width):
                if lists[neighbour, back] == node:
                    found[node, count] = neighbour
                    count += 1
                    break


@compiled
def expanded_sets(
    lists: Nodes,
    distances: Floats,
    wide: Nodes,
    narrow: Nodes,
    first: int,
    ends: Rows,
    members: Nodes,
    known: Floats,
    marks: Nodes,
) -> None:
    """Expand the k-reciprocal neighbours of the nodes from ``first`` on, as many as ``ends`` has.

    See ``add_most_shared``. ``ends`` (b,) receives where each node's set ends in
    ``members``, ``known`` the members' distances to the node, UNKNOWN where no list holds it.
    ``marks`` (n,) is scratch: all 0 before and after.
    """
    total = 0
    for offset in range(len(ends)):
        node = first + offset
        start = total
        for rank in range(wide.shape[1]):
            if wide[node, rank] < 0:
                break
            marks[wide[node, rank]] = IN_SET
            members[total] = wide[node, rank]
            total += 1
        for at in range(start, total):
            total = add_most_shared(narrow, members[at], marks, members, total)
        ends[offset] = total
        length = 0
        for rank in range(lists.shape[1]):
            if lists[node, rank] < 0:
                break
            marks[lists[node, rank]] = -1 - rank
            length += 1
        for place in range(start, total):
            mark = marks[members[place]]
            known[place] = distances[node, -1 - mark] if mark < 0 else UNKNOWN
        for place in range(start, total):
            marks[members[place]] = 0
        for rank in range(length):
            marks[lists[node, rank]] = 0
