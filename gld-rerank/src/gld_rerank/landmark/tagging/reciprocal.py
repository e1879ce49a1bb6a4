"""The reciprocal neighbours of nodes: those of its nearest that have the node among theirs."""

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Rows

from gld_rerank.landmark.tagging.nodes import Flags, Nodes


def reciprocal_neighbours(nodes: Nodes, of: Rows, width: int, wanted: Flags) -> Rows:
    """Return the reciprocal neighbours (e, width) of each of some nodes ``of`` (e,), -1 = no more.

    They are among a node's nearest ``width`` nodes. Nodes of which more must be known for that
    become ``wanted`` (m,).
    """
    found = np.empty((len(of), width), np.int64)
    _find(nodes.near, nodes.filled, wanted, of, found)
    return found


def distinct_nodes(found: Rows, total: int) -> Rows:
    """Return the nodes, of ``total``, that are among those found, ascending; -1 is no node."""
    is_there = np.zeros(total + 1, np.bool_)
    is_there[found.ravel()] = True
    return np.flatnonzero(is_there[:total])


@compiled
def _find(near: Rows, filled: Rows, wanted: Flags, of: Rows, found: Rows) -> None:
    width = found.shape[1]
    for row in range(len(of)):
        node, count = of[row], 0
        if filled[node] < width:
            wanted[node] = True
        else:
            for place in range(width):
                other, at = near[node, place], 0
                if other < 0:  # a node that is left out
                    wanted[node] = True
                    continue
                while at < width and at < filled[other] and near[other, at] != node:
                    at += 1
                if at < width and at < filled[other]:
                    found[row, count] = other
                    count += 1
                elif at < width:
                    wanted[other] = True
        for place in range(count, width):
            found[row, place] = NONE
