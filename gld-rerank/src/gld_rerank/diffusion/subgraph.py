"""A part of the graph, and the diffusion from some of its nodes."""

import numpy as np
from gld_shared.compiled import ThreadScratch, compiled
from gld_shared.search.blocks import Doubles, Rows

from gld_rerank.diffusion.ties import Ties
from gld_rerank.graph.index_graph import Nodes

ITERATIONS, TOLERANCE = 20, 1e-6


class Subgraphs:
    """Cuts parts out of a graph. Memory: 4 bytes for each node and thread."""

    def __init__(self, affinity: Ties) -> None:
        """Keep the graph."""
        self._affinity = affinity
        self._places = ThreadScratch(affinity.n, np.int32)

    def among(self, nodes: Rows) -> Ties:
        """Return the ties among some nodes (m,)."""
        whole = self._affinity
        most = int((whole.starts[nodes + 1] - whole.starts[nodes]).sum())
        starts = np.zeros(len(nodes) + 1, np.int64)
        others, weights = np.empty(most, np.int32), np.empty(most)
        _cut(
            nodes, whole.starts, whole.nodes, whole.weights,
            self._places.zeros(), starts, others, weights,
        )  # fmt: skip
        return Ties(starts, others[: starts[-1]], weights[: starts[-1]])


def diffuse(
    ties: Ties,
    sources: Doubles,
    alpha: float,
    iterations: int = ITERATIONS,
    tolerance: float = TOLERANCE,
) -> Doubles:
    """Solve (I - alpha S) f = ``sources`` (m,) by conjugate gradients, from 0: f (m,).

    S are normalised ties. Returns the iterate with the smallest residual of ``iterations`` at most;
    the residual need not fall in each.
    """
    best, solution = np.zeros_like(sources), np.zeros_like(sources)
    residual, direction, product = sources.copy(), sources.copy(), np.empty_like(sources)
    _solve(
        ties.starts, ties.nodes, ties.weights, alpha, iterations, tolerance,
        solution, residual, direction, product, best,
    )  # fmt: skip
    return best


@compiled
def _cut(
    chosen: Rows,
    starts: Rows,
    nodes: Nodes,
    weights: Doubles,
    places: Nodes,
    new_starts: Rows,
    new_nodes: Nodes,
    new_weights: Doubles,
) -> None:
    """Copy the ties among chosen nodes; ``places`` (n,) is scratch, all 0 before and after."""
    for place in range(len(chosen)):
        places[chosen[place]] = place + 1
    total = 0
    for place in range(len(chosen)):
        for tie in range(starts[chosen[place]], starts[chosen[place] + 1]):
            other = places[nodes[tie]]
            if other > 0:
                new_nodes[total] = other - 1
                new_weights[total] = weights[tie]
                total += 1
        new_starts[place + 1] = total
    for node in chosen:
        places[node] = 0


@compiled
def _solve(
    starts: Rows,
    nodes: Nodes,
    weights: Doubles,
    alpha: float,
    iterations: int,
    tolerance: float,
    solution: Doubles,
    residual: Doubles,
    direction: Doubles,
    product: Doubles,
    best: Doubles,
) -> None:
    """Iterate from solution 0, until the residual's length is ``tolerance`` of the sources'.

    ``residual`` and ``direction`` are the sources at first, and ``best`` is 0. Textbook conjugate
    gradients, without a preconditioner.
    """
    squared = 0.0
    for node in range(len(residual)):
        squared += residual[node] * residual[node]
    smallest, enough = squared, tolerance * tolerance * squared
    for _ in range(iterations):
        if squared <= enough:
            break
        curvature = 0.0
        for node in range(len(residual)):
            spread = 0.0
            for tie in range(starts[node], starts[node + 1]):
                spread += weights[tie] * direction[nodes[tie]]
            product[node] = direction[node] - alpha * spread
            curvature += direction[node] * product[node]
        step = squared / curvature
        before, squared = squared, 0.0
        for node in range(len(residual)):
            solution[node] += step * direction[node]
            residual[node] -= step * product[node]
            squared += residual[node] * residual[node]
        is_best = squared < smallest
        if is_best:
            smallest = squared
        for node in range(len(residual)):
            if is_best:
                best[node] = solution[node]
            direction[node] = residual[node] + squared / before * direction[node]
