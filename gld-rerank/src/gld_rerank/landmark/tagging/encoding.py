"""The weights of nodes over their expanded k-reciprocal neighbours."""

import numpy as np
from gld_shared.compiled import compiled_within
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.comparing import product


@compiled_within
def add_reciprocal(
    near: Rows, filled: Rows, wanted: Rows, node: int, width: int, found: Rows, count: int
) -> int:
    """Write the reciprocal neighbours of a node to ``found`` from ``count`` on; return their end.

    They are those of its nearest ``width`` nodes that have it among theirs. Nodes of which too few
    nearest are known for that become ``wanted`` (m,).
    """
    if filled[node] < width:
        wanted[node] = 1
        return count
    for place in range(width):
        other = near[node, place]
        if other < 0:  # a node that is left out
            wanted[node] = 1
            continue
        at, known = 0, min(filled[other], width)
        while at < known and near[other, at] != node:
            at += 1
        if at < known:
            found[count] = other
            count += 1
        elif known < width:
            wanted[other] = 1
    return count


@compiled_within
def encode(
    near: Rows,
    scores: Floats,
    filled: Rows,
    vectors: Floats,
    vector_of: Rows,
    wanted: Rows,
    node: int,
    width: int,
    narrow: int,
    marks: Rows,
    members: Rows,
    weights: Doubles,
    start: int,
) -> int:
    """Write a node's weights over its expanded reciprocal neighbours from ``start`` on.

    The ``narrow`` reciprocal neighbours of each reciprocal neighbour are added if more than two
    thirds of them are there already. Weights are by exp(-distance), and sum to 1. ``marks`` (n,) is
    scratch, all 0. Returns the end.
    """
    own = add_reciprocal(near, filled, wanted, node, width, members, start)
    for at in range(start, own):
        marks[members[at]] = 1
    count = own
    for at in range(start, own):
        end = add_reciprocal(near, filled, wanted, members[at], narrow, members, count)
        shared, new = 0, count
        for place in range(count, end):
            mark = marks[members[place]]
            shared += mark == 1
            if mark == 0:
                members[new] = members[place]
                new += 1
        if 3 * shared > 2 * (end - count):
            for place in range(count, new):
                marks[members[place]] = 2
            count = new
    total = 0.0
    for place in range(start, count):
        other = members[place]
        marks[other] = 0
        similarity = _similarity(near, scores, filled, vectors, vector_of, wanted, node, other)
        distance = (1 - similarity) / 2
        weights[place] = np.exp(-min(max(distance, 0.0), 1.0))
        total += weights[place]
    for place in range(start, count):
        weights[place] /= total
    return count


@compiled_within
def _similarity(
    near: Rows,
    scores: Floats,
    filled: Rows,
    vectors: Floats,
    vector_of: Rows,
    wanted: Rows,
    node: int,
    other: int,
) -> float:
    """Return the similarity of two nodes; that of a node to itself is 1, however it is rounded.

    Both lists tell it mostly; otherwise vectors do, or the node is wanted.
    """
    for place in range(filled[node]):
        if near[node, place] == other:
            return float(scores[node, place])
    for place in range(filled[other]):
        if near[other, place] == node:
            return float(scores[other, place])
    if len(vectors) == 0:
        wanted[node] = 1
        return 0.0
    return product(vectors, vector_of[node], vector_of[other])
