"""Vectors that become weighted means of their nearest, round after round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import ArrayIndex, Index
from gld_shared.search.threads import cores, in_order

from gld_rerank.graph.index_graph import Nodes
from gld_rerank.propagation.copies import first_copies

# From vectors (m, d), and pairs of their places (p,), to similarities (p,).
Compare = Callable[[Floats, Rows, Rows], Floats]
_NODES_AT_ONCE, _NODES_SUMMED = 512, 65_536


@dataclass(frozen=True)
class Mixture:
    """The nodes (n, m) that each vector becomes a mean of, itself first, and their weights."""

    nodes: Nodes
    weights: Doubles

    def of(self, rows: Rows) -> "Mixture":
        """Return the mixtures of some vectors (m,)."""
        return Mixture(self.nodes[rows], self.weights[rows])


def propagate(
    vectors: Index,
    candidates: Nodes,
    compare: Compare,
    widths: Sequence[int],
    top: int = 5,
    beta: float = 0.2,
    rounds: int = 2,
    advance: Advance = silent,
) -> "MixedVectors":
    """Replace each of n vectors by the mean of itself and its ``top`` - 1 nearest, in each round.

    A vector x weighs exp(similarity / beta) / sqrt(sum of the weights that x has in all means). The
    nearest are found among ``candidates`` (n, m), by the vectors of the round before. Copies of a
    vector are mixed as the first of them is, so they stay copies. Each part of a vector, one for
    each network, of ``widths`` that sum to d, is scaled to length 1. ``advance`` is called with the
    number of vectors of each block.
    Memory: a float32 copy of the vectors, two with more than two rounds; none of the result, which
    is mixed as it is read; 24 bytes for each of n top places, 32 for each vector, and a block in
    each thread.
    """
    first = first_copies(vectors)

    def mix(vectors: Index) -> MixedVectors:
        mixture = mixture_of(vectors, candidates, compare, top, beta, advance)
        return MixedVectors(vectors, mixture.of(first), widths)

    mixed = mix(vectors)
    for _ in range(rounds - 1):
        mixed = mix(ArrayIndex(mixed.copy()))
    return mixed


class MixedVectors:
    """Weighted means of the vectors of an index, computed as they are read, as an ``Index``."""

    def __init__(self, vectors: Index, mixture: Mixture, widths: Sequence[int]) -> None:
        """Keep the vectors (n, d), of networks of ``widths`` that sum to d, and their mixture."""
        self.mixture = mixture
        self._vectors, self._widths = vectors, list(widths)
        self.n = len(mixture.nodes)

    def read(self, rows: slice | Rows) -> Floats:
        """Mix some vectors, each network's part at length 1. Memory: the result, and a block."""
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(self.n))
        mixed = np.empty((len(rows), sum(self._widths)), np.float32)
        for start in range(0, len(rows), _NODES_AT_ONCE):
            part = slice(start, start + _NODES_AT_ONCE)
            mixed[part] = self._mixed(rows[part])
        return mixed

    def copy(self) -> Floats:
        """Mix all vectors: (n, d)."""
        mixed = np.empty((self.n, sum(self._widths)), np.float32)

        def mix(start: int) -> None:
            part = slice(start, min(start + _NODES_AT_ONCE, self.n))
            mixed[part] = self._mixed(np.arange(part.start, part.stop))

        for _ in in_order(mix, range(0, self.n, _NODES_AT_ONCE), cores()):
            pass
        return mixed

    def _mixed(self, rows: Rows) -> Doubles:
        nodes = self.mixture.nodes[rows]
        # An absent node has weight 0, and any vector will do.
        read, places = np.unique(np.maximum(nodes, 0), return_inverse=True)
        chosen = self._vectors.read(read)[places.reshape(nodes.shape)]
        sums: Doubles = np.einsum("nk,nkd->nd", self.mixture.weights[rows], chosen)
        ends = np.cumsum(self._widths)
        for end, width in zip(ends, self._widths, strict=True):
            own = sums[:, end - width : end]
            own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-30)
        return sums


def mixture_of(
    vectors: Index,
    candidates: Nodes,
    compare: Compare,
    top: int,
    beta: float,
    advance: Advance = silent,
) -> Mixture:
    """Choose the nearest of each vector's candidates, and weigh them."""
    width = min(top, candidates.shape[1] + 1)
    nodes = np.full((len(candidates), width), NONE, np.int32)
    exponents = np.zeros((len(candidates), width))

    def choose(start: int) -> int:
        part = slice(start, min(start + _NODES_AT_ONCE, len(candidates)))
        own, others = np.arange(part.start, part.stop), candidates[part]
        present = others != NONE
        read, places = np.unique(np.concatenate([own, others[present]]), return_inverse=True)
        near = np.full(others.shape, -np.inf, np.float32)
        compared, itself = vectors.read(read), places[: len(own)]
        left = np.repeat(itself, present.sum(axis=1))
        near[present] = compare(compared, left, places[len(own) :])
        order = np.lexsort((others, -near))[:, : width - 1]
        nodes[part, 0], nodes[part, 1:] = own, np.take_along_axis(others, order, axis=1)
        exponents[part, 0] = compare(compared, itself, itself)
        exponents[part, 1:] = np.take_along_axis(near, order, axis=1)
        exponents[part] /= beta
        return part.stop - part.start

    for count in in_order(choose, range(0, len(candidates), _NODES_AT_ONCE), cores()):
        advance(count)
    return Mixture(nodes, _weights_of(nodes, exponents))


def _weights_of(nodes: Nodes, exponents: Doubles) -> Doubles:
    """Return exp(exponent) / sqrt(sum of a node's) of each place (n, m), for means without a scale.

    Everything is divided before it is raised, so that no number leaves the range. The weights take
    the place of the exponents.
    """
    largest, sums = np.full(len(nodes), -np.inf), np.zeros(len(nodes))
    parts = [slice(start, start + _NODES_SUMMED) for start in range(0, len(nodes), _NODES_SUMMED)]
    for part in parts:
        used = nodes[part] != NONE
        np.maximum.at(largest, nodes[part][used], exponents[part][used])
    for part in parts:
        used = nodes[part] != NONE
        of_places = nodes[part][used]
        np.add.at(sums, of_places, np.exp(exponents[part][used] - largest[of_places]))
    roots = (largest + np.log(sums)) / 2
    for part in parts:
        divided = np.where(nodes[part] == NONE, -np.inf, exponents[part] - roots[nodes[part]])
        exponents[part] = np.exp(divided - divided.max(axis=1, keepdims=True))
    return exponents
