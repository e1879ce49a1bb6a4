"""The ties of mutual neighbours, as sparse rows."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.errors import DataError
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.graph.index_graph import Graph, Nodes

# Sums of ties and their products are finite, and so are scores in float32.
_LARGEST = 1e30
_SMALLEST = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class Ties:
    """Node i is tied to ``nodes`` from ``starts[i]`` to ``starts[i+1]``, by ``weights`` above 0."""

    starts: Rows
    nodes: Nodes
    weights: Doubles

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.starts) - 1

    def normalised(self) -> "Ties":
        """Divide each tie by the square roots of its ends' sums of ties."""
        ends = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        # Of sums, products would be 0 where a large power makes ties small.
        roots = np.sqrt(np.bincount(ends, self.weights, minlength=len(self.starts) - 1))
        weights = self.weights / (roots[ends] * roots[self.nodes])
        return Ties(self.starts, self.nodes, weights)


def mutual_affinity(graph: Graph, gamma: float) -> Ties:
    """Tie nodes that are each among the other's neighbours, by similarity^gamma, above 0.

    Memory: 20 bytes for each of n k ties at most.
    """
    starts = np.zeros(len(graph) + 1, np.int64)
    most = int((graph.similarities > 0).sum())
    nodes, similarities = np.empty(most, np.int32), np.empty(most, np.float32)
    _tie_mutual(graph.nodes, graph.similarities, starts, nodes, similarities)
    powers = similarities[: starts[-1]].astype(np.float64) ** gamma
    return Ties(starts, nodes[: starts[-1]].copy(), np.maximum(powers, _SMALLEST))


def check_power(similarities: Floats, gamma: float, name: str) -> None:
    """Raise DataError naming their place if similarities have a power that cannot be diffused."""
    largest = float(similarities.max(initial=0))
    with np.errstate(over="ignore"):
        power = np.float64(largest) ** gamma
    if largest > 1 and power > _LARGEST:
        raise DataError(
            f"{name}: a similarity of {largest:g} is too large for the power {gamma:g}; expected "
            "about 1 at most, as of vectors of length 1; lower --gamma"
        )


@compiled
def _tie_mutual(
    neighbours: Nodes, weights: Floats, starts: Rows, nodes: Nodes, similarities: Floats
) -> None:
    """Fill in the ties of each node, best first, up to ``starts[i+1]``."""
    total = 0
    for node in range(len(neighbours)):
        for place in range(neighbours.shape[1]):
            neighbour = neighbours[node, place]
            if neighbour < 0 or weights[node, place] <= 0:
                break
            for back in range(neighbours.shape[1]):
                if neighbours[neighbour, back] == node:
                    nodes[total] = neighbour
                    similarities[total] = weights[node, place]
                    total += 1
                    break
        starts[node + 1] = total
