"""The weights of nodes over their expanded k-reciprocal neighbours."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import compiled, compiled_within
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.comparing import Flags, product
from gld_rerank.landmark.tagging.nodes import Nodes


@dataclass(frozen=True)
class Encoding:
    """Some nodes' weights over their expanded reciprocal neighbours, by exp(-distance).

    Node i has ``weights[starts[i] : ends[i]]``, which sum to 1, over the nodes ``members`` there;
    ``starts`` and ``ends`` (m + 1,) are 0 for those that are not encoded, and for node -1.
    """

    starts: Rows
    ends: Rows
    members: Rows
    weights: Doubles


@dataclass(frozen=True)
class Widths:
    """The number of nearest nodes, itself among them, of which some are reciprocal neighbours."""

    wide: int
    narrow: int


def encode(
    nodes: Nodes, which: Rows, widths: Widths, vectors: Floats, vector_of: Rows, wanted: Flags
) -> Encoding:
    """Encode some nodes, ``which`` (e,).

    Similarities that no list tells are those of ``vectors`` (v, d), of which node i has number
    ``vector_of[i]``. Nodes of which more must be known become ``wanted`` (m,).
    """
    most = len(which) * widths.wide * (widths.narrow + 1) + widths.narrow
    total = len(nodes.rows)
    starts, ends = (np.zeros(total + 1, np.int64) for _ in range(2))
    # What is not written takes no memory.
    members, weights = np.empty(most, np.int64), np.empty(most)
    used = _encode(
        nodes.near, nodes.scores, nodes.filled, vectors, vector_of, which,
        widths.wide, widths.narrow, np.zeros(total, np.int64),
        starts, ends, members, weights, wanted,
    )  # fmt: skip
    return Encoding(starts, ends, members[:used], weights[:used])


@compiled_within
def _add_reciprocal(
    near: Rows, filled: Rows, wanted: Flags, node: int, width: int, found: Rows, count: int
) -> int:
    """Write the reciprocal neighbours of a node to ``found`` from ``count`` on; return their end.

    They are those of its nearest ``width`` nodes that have it among theirs. Nodes of which too few
    nearest are known for that become ``wanted`` (m,).
    """
    if filled[node] < width:
        wanted[node] = True
        return count
    for place in range(width):
        other = near[node, place]
        if other < 0:  # a node that is left out
            wanted[node] = True
            continue
        at, known = 0, min(filled[other], width)
        while at < known and near[other, at] != node:
            at += 1
        if at < known:
            found[count] = other
            count += 1
        elif known < width:
            wanted[other] = True
    return count


@compiled
def _encode(
    near: Rows,
    scores: Floats,
    filled: Rows,
    vectors: Floats,
    vector_of: Rows,
    which: Rows,
    wide: int,
    narrow: int,
    marks: Rows,
    starts: Rows,
    ends: Rows,
    members: Rows,
    weights: Doubles,
    wanted: Flags,
) -> int:
    """Write the weights of some nodes, and return their number; ``marks`` (m,) is scratch, all 0.

    The narrow reciprocal neighbours of each reciprocal neighbour are added if more than two thirds
    of them are there already.
    """
    count = int(np.int64(0))  # a plain 0 has a type of its own, for which more is compiled
    for node in which:
        start = count
        count = own = _add_reciprocal(near, filled, wanted, node, wide, members, start)
        for at in range(start, own):
            marks[members[at]] = 1
        for at in range(start, own):
            end = _add_reciprocal(near, filled, wanted, members[at], narrow, members, count)
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
            alike = _similarity(near, scores, filled, vectors, vector_of, wanted, node, other)
            distance = (1 - alike) / 2
            weights[place] = np.exp(-min(max(distance, 0.0), 1.0))
            total += weights[place]
        for place in range(start, count):
            weights[place] /= total
        starts[node], ends[node] = start, count
    return count


@compiled_within
def _similarity(
    near: Rows,
    scores: Floats,
    filled: Rows,
    vectors: Floats,
    vector_of: Rows,
    wanted: Flags,
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
        wanted[node] = True
        return 0.0
    return product(vectors, vector_of[node], vector_of[other])
