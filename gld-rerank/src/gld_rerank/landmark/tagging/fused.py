"""The best references of a query by similarity fused with the overlap of weights."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.encoding import Encoding
from gld_rerank.landmark.tagging.nodes import Nodes

K1, K2, BALANCE = 10, 3, 0.5


@dataclass(frozen=True)
class Fusion:
    """The settings of fused similarity.

    ``k1`` neighbours are reciprocal, the weights of ``k2`` are averaged, and ``balance`` is the
    part of the plain distance.
    """

    k1: int = K1
    k2: int = K2
    balance: float = BALANCE

    def of(self, to_query: Floats, shared: Doubles) -> Floats:
        """Compute fused similarities (m,), from similarities and overlaps with the query.

        1 - balance * distance - (1 - balance) * Jaccard distance, with distance = (1 - similarity)
        / 2. Rounded, so that the last bits of sums decide no order.
        """
        distances = np.clip((1 - to_query.astype(np.float64)) / 2, 0, 1)
        jaccard = 1 - shared / (2 - shared)
        fused: Floats = (1 - (self.balance * distances + (1 - self.balance) * jaccard)).astype(
            np.float32
        )
        return fused


DEFAULT = Fusion()


def best_nodes(nodes: Nodes, fusion: Fusion, count: int) -> tuple[Rows, Floats]:
    """Find the ``count`` nodes with the largest fused similarity, best first, ties in their order.

    Overlaps are of the weights that are the mean of those of the k2 nearest nodes. A node whose
    nearest nodes are not known from its list is completed only if it may be among the best. The
    query is no candidate. Returns nodes and fused similarities, (count,) each.
    """
    total, width = nodes.nearest.shape
    averaged = min(fusion.k2, width)
    encoding = Encoding(nodes, min(round(fusion.k1 / 2) + 1, width))
    own, support = _mean_of_query(nodes, encoding, averaged)
    overlapping = encoding.overlapping(support)
    encoding.encode(np.flatnonzero(overlapping))
    other, shared = np.zeros(total), np.zeros(total)

    def overlap(wanted: Rows) -> None:
        _overlap(
            nodes.nearest,
            nodes.filled,
            wanted,
            averaged,
            encoding.starts,
            encoding.ends,
            encoding.members,
            encoding.weights,
            overlapping,
            support,
            own,
            other,
            shared,
        )

    candidates = np.arange(1, total)
    overlap(candidates)
    # Each unknown node adds at most its share of the mean.
    unknown = np.maximum(averaged - nodes.filled, 0)
    most = np.minimum(shared + (unknown > 0) * (unknown / averaged + 1e-9), 1)
    fused = fusion.of(nodes.to_query, most)
    if unknown[1:].any():
        known = np.sort(fused[1:][unknown[1:] == 0])
        least = known[-count] if len(known) >= count else -np.inf
        open_nodes = candidates[(unknown[1:] > 0) & (fused[1:] >= least)]
        nodes.complete(open_nodes)
        overlap(open_nodes)
        fused[unknown > 0] = -np.inf
        fused[open_nodes] = fusion.of(nodes.to_query[open_nodes], shared[open_nodes])
    best = candidates[np.argsort(-fused[1:], kind="stable")[:count]]
    return best, fused[best]


def _mean_of_query(nodes: Nodes, encoding: Encoding, averaged: int) -> tuple[Doubles, Rows]:
    """Return the query's mean weights (m + 1,), and the nodes that have some."""
    nodes.complete(np.zeros(1, np.int64))
    near = nodes.nearest[0, :averaged]
    encoding.encode(near)
    own = np.zeros(len(nodes.places))
    for node in near:
        part = slice(encoding.starts[node], encoding.ends[node])
        own[encoding.members[part]] += encoding.weights[part] / averaged
    return own, np.flatnonzero(own)


@compiled
def _overlap(
    nearest: Rows,
    filled: Rows,
    wanted: Rows,
    averaged: int,
    starts: Rows,
    ends: Rows,
    members: Rows,
    weights: Doubles,
    overlapping: Rows,
    support: Rows,
    own: Doubles,
    other: Doubles,
    shared: Doubles,
) -> None:
    """Sum the minima of the query's mean weights and those of each node's known nearest nodes.

    ``other`` (m + 1,) is scratch, all 0. Nodes that are not ``overlapping`` share nothing.
    """
    for index in range(len(wanted)):
        node = wanted[index]
        known, some = averaged if averaged < filled[node] else filled[node], 0
        for at in range(known):
            near = nearest[node, at]
            if overlapping[near]:
                some = 1
                for place in range(starts[near], ends[near]):
                    other[members[place]] += weights[place] / averaged
        if some == 0:
            continue
        total = 0.0
        for place in range(len(support)):
            member = support[place]
            total += own[member] if own[member] < other[member] else other[member]
        shared[node] = total
        for at in range(known):
            near = nearest[node, at]
            if overlapping[near]:
                for place in range(starts[near], ends[near]):
                    other[members[place]] = 0
