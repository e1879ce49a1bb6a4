"""The affinities of mutual neighbours, as sparse rows."""

from dataclasses import dataclass

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.compiled import compiled
from gld_rerank.graph.index_graph import Graph, Nodes


@dataclass(frozen=True)
class Affinity:
    """Node i is tied to ``nodes`` from ``starts[i]`` to ``starts[i+1]``, by ``weights`` above 0."""

    starts: Rows
    nodes: Nodes
    weights: Doubles

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.starts) - 1


def mutual_affinity(graph: Graph, gamma: float) -> Affinity:
    """Tie nodes that are each among the other's neighbours, by similarity^gamma, above 0.

    Memory: 12 bytes for each of n k ties at most.
    """
    counts = np.zeros(len(graph) + 1, np.int64)
    _count_mutual(graph.nodes, graph.similarities, counts)
    starts = counts.cumsum()
    nodes, weights = np.empty(starts[-1], np.int32), np.empty(starts[-1])
    _tie_mutual(graph.nodes, graph.similarities, nodes, weights)
    return Affinity(starts, nodes, weights**gamma)


@compiled
def _count_mutual(neighbours: Nodes, similarities: Floats, counts: Rows) -> None:
    """Count the ties of each node i in ``counts[i+1]``."""
    for node in range(len(neighbours)):
        for place in range(neighbours.shape[1]):
            neighbour = neighbours[node, place]
            if neighbour < 0 or similarities[node, place] <= 0:
                break
            for back in neighbours[neighbour]:
                if back == node:
                    counts[node + 1] += 1
                    break


@compiled
def _tie_mutual(neighbours: Nodes, similarities: Floats, nodes: Nodes, weights: Doubles) -> None:
    """Fill in the ties of each node, best first."""
    total = 0
    for node in range(len(neighbours)):
        for place in range(neighbours.shape[1]):
            neighbour = neighbours[node, place]
            if neighbour < 0 or similarities[node, place] <= 0:
                break
            for back in neighbours[neighbour]:
                if back == node:
                    nodes[total] = neighbour
                    weights[total] = similarities[node, place]
                    total += 1
                    break
