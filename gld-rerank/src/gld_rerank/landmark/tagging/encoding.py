"""The weights of nodes over their expanded k-reciprocal neighbours."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import compiled, compiled_within
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.comparing import Flags, product
from gld_rerank.landmark.tagging.nodes import Nodes
from gld_rerank.landmark.tagging.reciprocal import add_reciprocal


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
    most = len(which) * widths.wide * (widths.narrow + 1)
    total = len(nodes.rows)
    starts, ends, marks, places = (np.zeros(total + 1, np.int64) for _ in range(4))
    # What is not written takes no memory.
    members, weights = np.empty(most, np.int64), np.empty(most)
    used = _encode(
        nodes.near, nodes.scores, nodes.filled, vectors, vector_of, which, widths.wide,
        marks, places, np.empty((total, widths.narrow), np.int64), np.full(total, NONE),
        starts, ends, members, weights, wanted,
    )  # fmt: skip
    return Encoding(starts, ends, members[:used], weights[:used])


@compiled
def _encode(
    near: Rows,
    scores: Floats,
    filled: Rows,
    vectors: Floats,
    vector_of: Rows,
    which: Rows,
    wide: int,
    marks: Rows,
    places: Rows,
    narrow_of: Rows,
    narrow_counts: Rows,
    starts: Rows,
    ends: Rows,
    members: Rows,
    weights: Doubles,
    wanted: Flags,
) -> int:
    """Write the weights of some nodes, and return their number.

    The narrow reciprocal neighbours of each reciprocal neighbour are added if more than two thirds
    of them are there already. Scratch: ``marks`` and ``places`` (m + 1,), all 0, ``narrow_of``
    (m, w) and ``narrow_counts`` (m,), all -1.
    """
    count = int(np.int64(0))  # a plain 0 has a type of its own, for which more is compiled
    width = narrow_of.shape[1]
    for node in which:
        start = count
        count = own = add_reciprocal(near, filled, wanted, node, wide, members, start)
        for at in range(start, own):
            marks[members[at]] = 1
        for at in range(start, own):
            other = members[at]
            found = narrow_of[other]
            if narrow_counts[other] < 0:
                narrow_counts[other] = add_reciprocal(near, filled, wanted, other, width, found, 0)
            shared = 0
            for place in range(narrow_counts[other]):
                shared += marks[found[place]] == 1
            if 3 * shared > 2 * narrow_counts[other]:
                for place in range(narrow_counts[other]):
                    if marks[found[place]] == 0:
                        marks[found[place]] = 2
                        members[count] = found[place]
                        count += 1
        for place in range(filled[node]):
            places[near[node, place]] = place + 1
        total = 0.0
        for at in range(start, count):
            other = members[at]
            marks[other] = 0
            alike = (
                float(scores[node, places[other] - 1])
                if places[other]
                else _similarity(near, scores, filled, vectors, vector_of, wanted, node, other)
            )
            distance = (1 - alike) / 2
            weights[at] = np.exp(-min(max(distance, 0.0), 1.0))
            total += weights[at]
        for place in range(filled[node]):
            places[near[node, place]] = 0
        for at in range(start, count):
            weights[at] /= total
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
    """Return the similarity of a node to another that is not in its list.

    The other one's list tells it mostly; otherwise vectors do, or the node is wanted.
    """
    for place in range(filled[other]):
        if near[other, place] == node:
            return float(scores[other, place])
    if len(vectors) == 0:
        wanted[node] = True
        return 0.0
    return product(vectors, vector_of[node], vector_of[other])
