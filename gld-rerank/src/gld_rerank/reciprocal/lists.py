"""The nearest neighbours of every node, the node itself first: what the method reads of a graph."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Floats

Nodes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Lists:
    """The nearest nodes (n, m) of n nodes, each node first in its own list, -1 = no more.

    ``distances`` (n, m) are those of the neighbours, 0 of the node itself, and never negative.
    """

    nodes: Nodes
    distances: Floats

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.nodes)


def lists_of(distances: Floats, count: int) -> Lists:
    """Return the ``count`` nearest nodes of each of n, itself first, by distances (n, n).

    Equal distances are in the order of nodes.
    """
    count = min(count, len(distances))
    nodes = np.empty((len(distances), count), np.int32)
    kept = np.empty((len(distances), count), np.float32)
    _nearest(distances, nodes, kept)
    return Lists(nodes, kept)


@compiled
def _nearest(distances: Floats, nodes: Nodes, kept: Floats) -> None:
    """Insert each distance into the sorted list of the nearest so far."""
    count = nodes.shape[1]
    for node in range(len(distances)):
        nodes[node, 0] = node
        kept[node, 0] = 0
        filled = 1
        for other in range(len(distances)):
            distance = distances[node, other]
            if other == node or (filled == count and distance >= kept[node, count - 1]):
                continue
            filled += filled < count
            place = filled - 1
            while place > 1 and kept[node, place - 1] > distance:
                kept[node, place] = kept[node, place - 1]
                nodes[node, place] = nodes[node, place - 1]
                place -= 1
            kept[node, place] = distance
            nodes[node, place] = other
