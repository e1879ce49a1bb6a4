"""The best references of a query by similarity fused with the overlap of weights."""

import numpy as np
from gld_shared.search.blocks import Doubles, Rows

from gld_rerank.compiled import compiled
from gld_rerank.landmark.tagging.encoding import Encoding, distance_of, encode, mark_overlapping
from gld_rerank.landmark.tagging.nodes import Nodes, fill, fill_from_list


@compiled
def best_nodes(
    nodes: Nodes,
    encoding: Encoding,
    narrow: int,
    averaged: int,
    balance: float,
    best: Rows,
    fused: Doubles,
) -> None:
    """Find the nodes with the largest fused similarity, (k,) each, best first, in node order.

    Fused similarity is 1 - balance * distance - (1 - balance) * Jaccard distance, of the weights
    that are the mean of those of the ``averaged`` nearest nodes. A node whose nearest nodes are not
    known from its list is completed only if it may be among the best. All nodes but the query are
    candidates; ``best`` must not have more places.
    """
    nearest, filled, to_query = nodes.nearest, nodes.filled, nodes.to_query
    count = len(filled)
    own, other, bounds = np.zeros(count), np.zeros(count), np.zeros(count)
    overlapping = np.zeros(count, np.int64)
    support = np.empty(count, np.int64)
    size = _average(nodes, encoding, 0, averaged, narrow, own, support)
    support = support[:size]
    for place in range(size):
        mark_overlapping(nodes, int(support[place]), narrow, overlapping)
    kept = 0
    for node in range(1, count):
        if filled[node] == 0:
            fill_from_list(nodes, node)
        known, some = min(averaged, filled[node]), 0
        for place in range(known):
            some += overlapping[nearest[node, place]]
        shared = 0.0
        if some:
            shared = _overlap(
                nodes, encoding, node, known, averaged, narrow, overlapping, own, other, support
            )
        if known == averaged:
            kept = _insert(best, fused, kept, node, _fuse(to_query[node], shared, balance))
        else:
            # Each unknown node adds at most its share of the mean.
            most = min(1.0, shared + (averaged - known) / averaged + 1e-9)
            bounds[node] = _fuse(to_query[node], most, balance)
    for node in range(1, count):
        if bounds[node] > 0 and (kept < len(best) or bounds[node] >= fused[kept - 1]):
            fill(nodes, node)
            shared = _overlap(
                nodes, encoding, node, averaged, averaged, narrow, overlapping, own, other, support
            )
            kept = _insert(best, fused, kept, node, _fuse(to_query[node], shared, balance))


@compiled
def _average(
    nodes: Nodes,
    encoding: Encoding,
    node: int,
    averaged: int,
    narrow: int,
    mean: Doubles,
    support: Rows,
) -> int:
    """Add the mean of the weights of a node's nearest nodes to ``mean``; return their number."""
    members, weights = encoding.members, encoding.weights
    size = 0
    fill(nodes, node)
    for at in range(averaged):
        near = nodes.nearest[node, at]
        encode(nodes, encoding, near, narrow)
        start = encoding.starts[near]
        for place in range(start, start + encoding.sizes[near]):
            member = members[place]
            if mean[member] == 0:
                support[size] = member
                size += 1
            mean[member] += weights[place] / averaged
    return size


@compiled
def _overlap(
    nodes: Nodes,
    encoding: Encoding,
    node: int,
    known: int,
    averaged: int,
    narrow: int,
    overlapping: Rows,
    own: Doubles,
    other: Doubles,
    support: Rows,
) -> float:
    """Sum the minima of the query's mean weights and those of a node's first ``known`` nodes."""
    members, weights = encoding.members, encoding.weights
    for at in range(known):
        near = nodes.nearest[node, at]
        if overlapping[near]:
            if encoding.starts[near] == 0:
                encode(nodes, encoding, near, narrow)
            start = encoding.starts[near]
            for place in range(start, start + encoding.sizes[near]):
                other[members[place]] += weights[place] / averaged
    shared = 0.0
    for member in support:
        shared += min(own[member], other[member])
    for at in range(known):
        near = nodes.nearest[node, at]
        if overlapping[near]:
            start = encoding.starts[near]
            for place in range(start, start + encoding.sizes[near]):
                other[members[place]] = 0
    return shared


@compiled
def _fuse(to_query: float, shared: float, balance: float) -> float:
    """Compute the fused similarity, rounded so that the last bits of sums decide no order."""
    jaccard = 1 - shared / (2 - shared)
    distance = distance_of(to_query)
    return float(np.float32(1 - (balance * distance + (1 - balance) * jaccard)))


@compiled
def _insert(best: Rows, fused: Doubles, kept: int, node: int, value: float) -> int:
    """Insert a node into the best so far; of equal ones, the lower comes first."""
    place = kept
    while place > 0 and (
        fused[place - 1] < value or (fused[place - 1] == value and best[place - 1] > node)
    ):
        place -= 1
    if place == len(best):
        return kept
    kept = min(kept + 1, len(best))
    for later in range(kept - 1, place, -1):
        best[later], fused[later] = best[later - 1], fused[later - 1]
    best[place], fused[place] = node, value
    return kept
