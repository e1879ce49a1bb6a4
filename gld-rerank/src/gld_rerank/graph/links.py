"""The links of a graph in both directions, as sparse rows."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.graph.index_graph import Graph, Nodes


@dataclass(frozen=True)
class Links:
    """Node i is linked to ``nodes`` from ``starts[i]`` to ``starts[i+1]``, by ``similarities``."""

    starts: Rows
    nodes: Nodes
    similarities: Floats


def links_in_both_directions(graph: Graph) -> Links:
    """Link each node with its neighbours, and with the nodes whose neighbour it is.

    Each node's own neighbours come first, best first, then the others in ascending order; so links
    of equal similarity are in the order of nodes. Memory: 8 bytes for each of 2 n k links at most.
    """
    counts = np.zeros(len(graph) + 1, np.int64)
    _count(graph.nodes, counts)
    starts = counts.cumsum()
    nodes = np.empty(starts[-1], np.int32)
    similarities = np.empty(starts[-1], np.float32)
    _link(graph.nodes, graph.similarities, starts[:-1].copy(), nodes, similarities)
    return Links(starts, nodes, similarities)


@compiled
def _count(neighbours: Nodes, counts: Rows) -> None:
    """Count the links of each node i in ``counts[i+1]``."""
    for node in range(len(neighbours)):
        for place in range(neighbours.shape[1]):
            neighbour = neighbours[node, place]
            if neighbour < 0:
                break
            counts[node + 1] += 1
            mutual = False
            for back in range(neighbours.shape[1]):
                mutual |= neighbours[neighbour, back] == node
            if not mutual:
                counts[neighbour + 1] += 1


@compiled
def _link(
    neighbours: Nodes, weights: Floats, ends: Rows, nodes: Nodes, similarities: Floats
) -> None:
    """Fill in each node's own neighbours, then the nodes that it is a neighbour of."""
    for node in range(len(neighbours)):
        for place in range(neighbours.shape[1]):
            if neighbours[node, place] < 0:
                break
            nodes[ends[node]] = neighbours[node, place]
            similarities[ends[node]] = weights[node, place]
            ends[node] += 1
    for node in range(len(neighbours)):
        for place in range(neighbours.shape[1]):
            neighbour = neighbours[node, place]
            if neighbour < 0:
                break
            mutual = False
            for back in range(neighbours.shape[1]):
                mutual |= neighbours[neighbour, back] == node
            if not mutual:
                nodes[ends[neighbour]] = node
                similarities[ends[neighbour]] = weights[node, place]
                ends[neighbour] += 1
