"""The weights of nodes over their expanded k-reciprocal neighbours, computed when asked for."""

import numpy as np
from gld_shared.compiled import compiled, compiled_within
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.nodes import Nodes, product


class Encoding:
    """Each node's weights over its expanded reciprocal neighbours, by exp(-distance).

    Node i has ``weights[starts[i] : ends[i]]``, which sum to 1, over ``members``, once it is
    encoded; before, both are 0.
    """

    def __init__(self, nodes: Nodes, narrow: int) -> None:
        """Encode none yet; ``narrow`` is the narrower width of reciprocal neighbours."""
        count, wide = nodes.nearest.shape
        most = 1 + count * min(count, wide * (narrow + 1))
        self._nodes, self._narrow = nodes, narrow
        self.starts, self.ends = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.members, self.weights = np.empty(most, np.int64), np.empty(most)
        self._marks, self._used = np.zeros(count, np.int64), 1

    def encode(self, wanted: Rows) -> None:
        """Encode some nodes.

        The reciprocal neighbours of a node are those of its w nearest that have it among theirs.
        The ``narrow`` reciprocal neighbours of each are added if more than two thirds of them are
        there already.
        """
        nodes = self._nodes
        wanted = wanted[self.ends[wanted] == 0]
        candidates = self._reciprocal(wanted, nodes.nearest.shape[1])
        nodes.complete(np.flatnonzero(candidates), self._narrow)
        self._used = _encode(
            nodes.vectors,
            nodes.places,
            nodes.nearest,
            wanted,
            self._narrow,
            self.starts,
            self.ends,
            self.members,
            self.weights,
            self._marks,
            self._used,
        )

    def overlapping(self, members: Rows) -> Rows:
        """Return the nodes that may have weight on some members: ``encode`` from their side.

        Being reciprocal neighbours is mutual. So these are a member's own, and those of its narrow
        ones.
        """
        wide = self._nodes.nearest.shape[1]
        between = np.flatnonzero(self._reciprocal(members, self._narrow))
        return self._reciprocal(members, wide) | self._reciprocal(between, wide)

    def _reciprocal(self, nodes: Rows, width: int) -> Rows:
        """Return 1 for each node that is a reciprocal neighbour of some nodes, else 0: (m + 1,)."""
        self._nodes.complete(nodes, width)
        found = np.zeros(len(self._nodes.places), np.int64)
        _mark_reciprocal(self._nodes.nearest, nodes, width, found)
        return found


@compiled_within
def _is_near(nearest: Rows, node: int, other: int, width: int) -> bool:
    """Return whether a node is among the nearest ``width`` nodes of another."""
    found = False
    for place in range(width):
        found |= nearest[other, place] == node
    return found


@compiled
def _encode(
    vectors: Floats,
    places: Rows,
    nearest: Rows,
    wanted: Rows,
    narrow: int,
    starts: Rows,
    ends: Rows,
    members: Rows,
    weights: Doubles,
    marks: Rows,
    used: int,
) -> int:
    """See ``Encoding.encode``; ``marks`` (m + 1,) is scratch, all 0. Return the end of the last."""
    wide, count = nearest.shape[1], used
    for index in range(len(wanted)):
        node, start = wanted[index], count
        for place in range(wide):
            near = nearest[node, place]
            if _is_near(nearest, node, near, wide):
                members[count] = near
                marks[near] = 1
                count += 1
        own = count
        for at in range(start, own):
            candidate = members[at]
            size, shared, first = 0, 0, count
            for place in range(narrow):
                further = nearest[candidate, place]
                if _is_near(nearest, candidate, further, narrow):
                    size += 1
                    shared += marks[further] == 1
                    if marks[further] == 0:
                        members[count] = further
                        count += 1
            if 3 * shared > 2 * size:
                for place in range(first, count):
                    marks[members[place]] = 2
            else:
                count = first
        total = 0.0
        for place in range(start, count):
            marks[members[place]] = 0
            distance = (1 - product(vectors, places[node], places[members[place]])) / 2
            distance = 0.0 if distance < 0 else 1.0 if distance > 1 else distance
            weights[place] = np.exp(-distance)
            total += weights[place]
        for place in range(start, count):
            weights[place] /= total
        starts[node], ends[node] = start, count
    return count


@compiled
def _mark_reciprocal(nearest: Rows, nodes: Rows, width: int, found: Rows) -> None:
    for index in range(len(nodes)):
        node = nodes[index]
        for place in range(width):
            near = nearest[node, place]
            if _is_near(nearest, node, near, width):
                found[near] = 1
