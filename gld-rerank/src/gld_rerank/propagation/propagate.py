"""Vectors that become weighted means of their nearest, round after round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.threads import cores, in_order

from gld_rerank.graph.index_graph import Nodes

# From vectors (m, d), and pairs of their places (p,), to similarities (p,).
Compare = Callable[[Floats, Rows, Rows], Floats]
_NODES_AT_ONCE = 512


@dataclass(frozen=True)
class Mixture:
    """The nodes (n, m) that each vector becomes a mean of, itself first, and their weights."""

    nodes: Nodes
    weights: Doubles


def propagate(
    vectors: Index,
    candidates: Nodes,
    compare: Compare,
    widths: Sequence[int],
    top: int = 5,
    beta: float = 0.2,
    rounds: int = 2,
    advance: Advance = silent,
) -> tuple[Floats, Mixture]:
    """Replace each of n vectors by the mean of itself and its ``top`` - 1 nearest, in each round.

    A vector x weighs exp(similarity / beta) / sqrt(sum of the weights that x has in all means). The
    nearest are found among ``candidates`` (n, m), by the vectors of the round before. Each part of
    a vector, one for each network, of ``widths`` that sum to d, is scaled to length 1. Returns the
    vectors (n, d) float32, and the last mixture. ``advance`` is called with the number of vectors
    of each block.
    Memory: two copies of the vectors in float32, 12 bytes for each of n top places, and a block.
    """
    mixture = Mixture(np.empty((0, 1), np.int32), np.empty((0, 1)))
    for _ in range(rounds):
        mixture = mixture_of(vectors, candidates, compare, top, beta)
        vectors = _Array(_mixed(vectors, mixture, widths, advance))
    return vectors.read(slice(0, vectors.n)), mixture


class _Array:
    """An array (n, d) as an ``Index``."""

    def __init__(self, vectors: Floats) -> None:
        self._vectors, self.n = vectors, len(vectors)

    def read(self, rows: slice | Rows) -> Floats:
        return self._vectors[rows]


def mixture_of(
    vectors: Index, candidates: Nodes, compare: Compare, top: int, beta: float
) -> Mixture:
    """Choose the nearest of each vector's candidates, and weigh them."""
    width = min(top, candidates.shape[1] + 1)
    nodes = np.full((len(candidates), width), NONE, np.int32)
    weights = np.zeros((len(candidates), width))

    def choose(start: int) -> None:
        part = slice(start, min(start + _NODES_AT_ONCE, len(candidates)))
        own, others = np.arange(part.start, part.stop), candidates[part]
        present = others != NONE
        read, places = np.unique(np.concatenate([own, others[present]]), return_inverse=True)
        near = np.full(others.shape, -np.inf, np.float32)
        left = np.repeat(places[: len(own)], present.sum(axis=1))
        near[present] = compare(vectors.read(read), left, places[len(own) :])
        order = np.lexsort((others, -near))[:, : width - 1]
        # All weights are divided by exp(1 / beta), which may be too large a number.
        nodes[part, 0], weights[part, 0] = own, 1
        nodes[part, 1:] = np.take_along_axis(others, order, axis=1)
        chosen = np.take_along_axis(near, order, axis=1).astype(np.float64)
        weights[part, 1:] = np.exp((chosen - 1) / beta)

    for _ in in_order(choose, range(0, len(candidates), _NODES_AT_ONCE), cores()):
        pass
    used = nodes != NONE
    totals = np.bincount(nodes[used], weights[used], minlength=len(nodes))
    weights[used] /= np.sqrt(totals[nodes[used]])
    return Mixture(nodes, weights)


def _mixed(vectors: Index, mixture: Mixture, widths: Sequence[int], advance: Advance) -> Floats:
    """Return the weighted means (n, d), each network's part at length 1."""
    mixed = np.empty((len(mixture.nodes), sum(widths)), np.float32)
    ends = np.cumsum(widths)

    def mix(start: int) -> int:
        part = slice(start, min(start + _NODES_AT_ONCE, len(mixed)))
        # An absent node has weight 0, and any vector will do.
        read, places = np.unique(np.maximum(mixture.nodes[part], 0), return_inverse=True)
        chosen = vectors.read(read)[places.reshape(mixture.nodes[part].shape)]
        sums = np.einsum("nk,nkd->nd", mixture.weights[part], chosen)
        for end, width in zip(ends, widths, strict=True):
            own = sums[:, end - width : end]
            own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-30)
        mixed[part] = sums
        return part.stop - start

    for count in in_order(mix, range(0, len(mixed), _NODES_AT_ONCE), cores()):
        advance(count)
    return mixed
