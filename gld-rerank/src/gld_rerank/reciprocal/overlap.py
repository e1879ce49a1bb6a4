"""The overlap of the averaged weights of two nodes, for one node and many others."""

import numpy as np
from gld_shared.compiled import ThreadScratch, compiled
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.reciprocal.encoding import Encoding
from gld_rerank.reciprocal.lists import Lists, Nodes


class Overlaps:
    """Overlaps of nodes whose weights are the mean of those of their ``k2`` nearest nodes."""

    def __init__(self, lists: Lists, encoding: Encoding, k2: int) -> None:
        """Keep lists and weights. Memory: 20 bytes for each node and thread."""
        self._nearest = np.ascontiguousarray(lists.nodes[:, :k2])
        self._encoding = encoding
        self._own, self._others = (ThreadScratch(len(lists), np.float64) for _ in range(2))
        self._support = ThreadScratch(len(lists), np.int32)

    def jaccard_distances(self, node: int, others: Nodes) -> Doubles:
        """Compute the Jaccard distances (m,) of a node to others (m,): 1 - overlap / union."""
        shared = np.empty(len(others))
        _overlaps(
            node,
            others,
            self._nearest,
            self._encoding.starts,
            self._encoding.members,
            self._encoding.weights,
            self._own.zeros(),
            self._others.zeros(),
            self._support.zeros(),
            shared,
        )
        distances: Doubles = 1 - shared / (2 - shared)
        return distances

    def shared_nodes(self, node: int, other: int, most: int) -> Rows:
        """Return the nodes that two nodes share, those with the largest part of the overlap."""
        (nodes, own), (others, weights) = (self._averaged(each) for each in (node, other))
        shared, left, right = np.intersect1d(nodes, others, return_indices=True)
        parts = np.minimum(own[left], weights[right])
        best: Rows = shared[np.argsort(-parts, kind="stable")[:most]].astype(np.int64)
        return best

    def _averaged(self, node: int) -> tuple[Rows, Doubles]:
        """Return a node's members and their averaged weights."""
        nearest = self._nearest[node][self._nearest[node] >= 0]
        starts = self._encoding.starts
        places = np.concatenate([np.arange(starts[near], starts[near + 1]) for near in nearest])
        members, positions = np.unique(self._encoding.members[places], return_inverse=True)
        sums = np.bincount(positions, self._encoding.weights[places])
        return members, sums / len(nearest)


@compiled
def _overlaps(
    node: int,
    others: Nodes,
    nearest: Nodes,
    starts: Rows,
    members: Nodes,
    weights: Floats,
    own: Doubles,
    other: Doubles,
    support: Nodes,
    shared: Doubles,
) -> None:
    """Sum the minima of two rows of averaged weights.

    ``own`` and ``other`` (n,) are scratch, all 0 before and after, and so is ``support`` (n,),
    with any values.
    """
    size, averaged = 0, 0
    for rank in range(nearest.shape[1]):
        averaged += nearest[node, rank] >= 0
    for rank in range(averaged):
        near = nearest[node, rank]
        for place in range(starts[near], starts[near + 1]):
            member = members[place]
            if own[member] == 0:
                support[size] = member
                size += 1
            own[member] += weights[place] / averaged
    for at in range(len(others)):
        averaged = 0
        for rank in range(nearest.shape[1]):
            near = nearest[others[at], rank]
            if near < 0:
                break
            averaged += 1
            for place in range(starts[near], starts[near + 1]):
                if own[members[place]] > 0:
                    other[members[place]] += weights[place]
        total = 0.0
        for place in range(size):
            member = support[place]
            theirs = other[member] / averaged
            total += theirs if theirs < own[member] else own[member]
            other[member] = 0
        shared[at] = total
    for place in range(size):
        own[support[place]] = 0
