"""The weights of nodes over their expanded k-reciprocal neighbours, computed when asked for."""

from typing import NamedTuple

import numpy as np
from gld_shared.search.blocks import Doubles, Rows

from gld_rerank.compiled import compiled
from gld_rerank.landmark.tagging.nodes import Nodes, fill, is_near, similarity


class Encoding(NamedTuple):
    """Node i has ``weights`` over ``members``, from ``starts[i]`` on, ``sizes[i]`` of them.

    ``starts`` (m + 1,) is 0 until the node is asked for, and ``used[0]``, first 1, where the next
    one starts. ``marks`` (m + 1,) is scratch, all 0. The weights of a node sum to 1.
    """

    starts: Rows
    sizes: Rows
    members: Rows
    weights: Doubles
    used: Rows
    marks: Rows


@compiled
def distance_of(near: float) -> float:
    """Return the distance (1 - similarity) / 2, in [0, 1]."""
    return min(max((1 - near) / 2, 0.0), 1.0)


@compiled
def encode(nodes: Nodes, encoding: Encoding, node: int, narrow: int) -> None:
    """Weigh a node's expanded k-reciprocal neighbours by exp(-distance), unless that is done.

    Its reciprocal neighbours are those of its w nearest that have it among theirs. The ``narrow``
    reciprocal neighbours of each are added if more than two thirds of them are there already.
    """
    if encoding.starts[node] > 0:
        return
    nearest, filled = nodes.nearest, nodes.filled
    members, weights, marks = encoding.members, encoding.weights, encoding.marks
    start = encoding.used[0]
    count = start
    wide = nearest.shape[1]
    if filled[node] < wide:
        fill(nodes, node)
    for place in range(wide):
        near = nearest[node, place]
        if filled[near] < wide:
            fill(nodes, near)
        if is_near(nearest, node, near, wide):
            members[count] = near
            marks[near] = 1
            count += 1
    own = count
    for at in range(start, own):
        candidate = members[at]
        size, shared, first = 0, 0, count
        for place in range(narrow):
            further = nearest[candidate, place]
            if filled[further] < wide:
                fill(nodes, further)
            if is_near(nearest, candidate, further, narrow):
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
        member = members[place]
        marks[member] = 0
        weights[place] = np.exp(-distance_of(similarity(nodes, node, member)))
        total += weights[place]
    for place in range(start, count):
        weights[place] /= total
    encoding.starts[node] = start
    encoding.sizes[node] = count - start
    encoding.used[0] = count


@compiled
def mark_overlapping(nodes: Nodes, member: int, narrow: int, found: Rows) -> None:
    """Mark all nodes that may have weight on a member: ``encode`` from the member's side.

    Being reciprocal neighbours is mutual. So these are the member's own, and those of its narrow
    ones.
    """
    nearest, filled = nodes.nearest, nodes.filled
    wide = nearest.shape[1]
    if filled[member] < wide:
        fill(nodes, member)
    for place in range(wide):
        near = nearest[member, place]
        if filled[near] < wide:
            fill(nodes, near)
        if is_near(nearest, member, near, wide):
            found[near] = 1
    for place in range(narrow):
        between = nearest[member, place]
        if not is_near(nearest, member, between, narrow):
            continue
        for at in range(wide):
            near = nearest[between, at]
            if filled[near] < wide:
                fill(nodes, near)
            if is_near(nearest, between, near, wide):
                found[near] = 1
