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
    start = encoding.used[0]
    count = start
    wide = nodes.nearest.shape[1]
    fill(nodes, node)
    for near in nodes.nearest[node]:
        if is_near(nodes, node, near, wide):
            encoding.members[count] = near
            encoding.marks[near] = 1
            count += 1
    own = count
    for at in range(start, own):
        candidate = encoding.members[at]
        size, shared = 0, 0
        for further in nodes.nearest[candidate, :narrow]:
            if is_near(nodes, candidate, further, narrow):
                size += 1
                shared += encoding.marks[further] == 1
        if 3 * shared <= 2 * size:
            continue
        for further in nodes.nearest[candidate, :narrow]:
            if encoding.marks[further] == 0 and is_near(nodes, candidate, further, narrow):
                encoding.members[count] = further
                encoding.marks[further] = 2
                count += 1
    total = 0.0
    for place in range(start, count):
        member = encoding.members[place]
        encoding.marks[member] = 0
        encoding.weights[place] = np.exp(-distance_of(similarity(nodes, node, member)))
        total += encoding.weights[place]
    for place in range(start, count):
        encoding.weights[place] /= total
    encoding.starts[node] = start
    encoding.sizes[node] = count - start
    encoding.used[0] = count


@compiled
def mark_overlapping(nodes: Nodes, member: int, narrow: int, found: Rows) -> None:
    """Mark all nodes that may have weight on a member: ``encode`` from the member's side.

    Being reciprocal neighbours is mutual. So these are the member's own, and those of its narrow
    ones.
    """
    wide = nodes.nearest.shape[1]
    fill(nodes, member)
    for near in nodes.nearest[member]:
        if is_near(nodes, member, near, wide):
            found[near] = 1
    for between in nodes.nearest[member, :narrow]:
        if is_near(nodes, member, between, narrow):
            for near in nodes.nearest[between]:
                if is_near(nodes, between, near, wide):
                    found[near] = 1
