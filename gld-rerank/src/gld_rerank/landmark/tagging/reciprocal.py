"""The reciprocal neighbours of nodes: those of its nearest that have the node among theirs."""

import numpy as np
from gld_shared.compiled import compiled, compiled_within
from gld_shared.search.blocks import Rows

from gld_rerank.landmark.tagging.comparing import Flags
from gld_rerank.landmark.tagging.nodes import Nodes


def reciprocal_neighbours(nodes: Nodes, of: Rows, width: int, wanted: Flags) -> Rows:
    """Return the reciprocal neighbours of some nodes ``of`` (e,), ascending.

    They are among a node's nearest ``width`` nodes. Nodes of which more must be known for that
    become ``wanted`` (m,).
    """
    found = np.zeros(len(nodes.rows), np.bool_)
    _mark(nodes.near, nodes.filled, wanted, of, width, np.empty(width, np.int64), found)
    return np.flatnonzero(found)


@compiled
def _mark(
    near: Rows, filled: Rows, wanted: Flags, of: Rows, width: int, some: Rows, found: Flags
) -> None:
    """Mark what is found (m,); ``some`` (width,) is scratch."""
    for node in of:
        for place in range(add_reciprocal(near, filled, wanted, node, width, some, 0)):
            found[some[place]] = True


@compiled_within
def add_reciprocal(
    near: Rows, filled: Rows, wanted: Flags, node: int, width: int, found: Rows, count: int
) -> int:
    """Write the reciprocal neighbours of a node to ``found`` from ``count`` on; return their end.

    Nodes of which too few nearest are known for that become ``wanted`` (m,).
    """
    if filled[node] < width:
        wanted[node] = True
        return count
    for place in range(width):
        other = near[node, place]
        if other < 0:  # a node that is left out
            wanted[node] = True
            continue
        at, known = 0, min(filled[other], width)
        while at < known and near[other, at] != node:
            at += 1
        if at < known:
            found[count] = other
            count += 1
        elif known < width:
            wanted[other] = True
    return count
