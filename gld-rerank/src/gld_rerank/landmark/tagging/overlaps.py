"""The overlap of each node's weights with the query's."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gld_shared.compiled import compiled, compiled_within
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.encoding import add_reciprocal, encode
from gld_rerank.landmark.tagging.nodes import Nodes


@dataclass(frozen=True)
class Overlaps:
    """The overlap of each node's weights with the query's, ``shared`` (m,), at most 1.

    Weights are the mean of those of the ``averaged`` nearest nodes; where some of these are
    unknown, their part is missing. One node's part is at most ``largest`` (q,). All holds unless a
    node is ``wanted`` (m,), of which more must be known.
    """

    averaged: int
    shared: Doubles
    largest: Doubles
    wanted: npt.NDArray[np.bool_]


def overlaps_of(nodes: Nodes, vectors: Floats, vector_of: Rows, k1: int, k2: int) -> Overlaps:
    """Compute the overlaps of nodes; ``k1`` neighbours are reciprocal, ``k2`` are averaged.

    Similarities that no list tells are those of ``vectors`` (v, d), of which node i has number
    ``vector_of[i]``; without any, nodes are wanted instead.
    """
    total, queries = len(nodes.rows), len(nodes.starts) - 1
    most = int(np.diff(nodes.starts).max(initial=0))
    width = min(k1 + 1, most)
    narrow, averaged = min(round(k1 / 2) + 1, width), min(k2, width)
    weights = most * min(most, width * (narrow + 1)) + width
    wanted, shared, largest = np.zeros(total, np.int64), np.zeros(total), np.zeros(queries)
    _find(
        nodes.starts, nodes.near, nodes.scores, nodes.filled, vectors, vector_of,
        width, narrow, averaged,
        # The last place is that of node -1, which has no weight.
        np.zeros((6, total + 1), np.int64), np.zeros((2, total)),
        np.empty(weights, np.int64), np.empty(weights),
        wanted, shared, largest,
    )  # fmt: skip
    return Overlaps(averaged, shared, largest, wanted > 0)


@compiled
def _find(
    starts: Rows,
    near: Rows,
    scores: Floats,
    filled: Rows,
    vectors: Floats,
    vector_of: Rows,
    width: int,
    narrow: int,
    averaged: int,
    scratch: Rows,
    sums: Doubles,
    members: Rows,
    weights: Doubles,
    wanted: Rows,
    shared: Doubles,
    largest: Doubles,
) -> None:
    """See ``overlaps_of``."""
    begins, ends, marks, between, overlapping, support = scratch
    own, other = sums
    # A plain number has a type of its own, for which more is compiled.
    one, none = int(np.int64(1)), int(np.int64(0))
    for query in range(len(starts) - 1):
        first, end = starts[query], starts[query + 1]
        used, count = none, none
        for place in range(averaged):
            overlapping[near[first, place]] = 1
        for is_second in (False, True):
            for node in range(first, end):
                if overlapping[node] and ends[node] == 0:
                    begins[node] = used
                    used = encode(
                        near, scores, filled, vectors, vector_of, wanted, node, width, narrow,
                        marks, members, weights, used,
                    )  # fmt: skip
                    ends[node] = used
            if is_second:
                break
            _add_mean(near, begins, ends, members, weights, first, averaged, averaged, own)
            for node in range(first, end):
                if own[node] > 0:
                    support[count] = node
                    count += 1
            # The nodes that may have weight on the support: being reciprocal neighbours is mutual,
            # so they are the reciprocal neighbours of its narrow ones, of which each node is one.
            for place in range(count):
                stop = add_reciprocal(near, filled, wanted, support[place], narrow, members, used)
                for at in range(used, stop):
                    between[members[at]] = 1
            for node in range(first, end):
                if between[node]:
                    stop = add_reciprocal(near, filled, wanted, node, width, members, used)
                    for at in range(used, stop):
                        overlapping[members[at]] = 1
        for node in range(first, end):
            if overlapping[node]:
                alone = _overlap(
                    near, begins, ends, members, weights, node, one, averaged,
                    support, count, own, other,
                )  # fmt: skip
                if alone > largest[query]:
                    largest[query] = alone
        for node in range(first + 1, end):
            known = filled[node] if filled[node] < averaged else averaged
            shared[node] = _overlap(
                near, begins, ends, members, weights, node, known, averaged,
                support, count, own, other,
            )  # fmt: skip


@compiled_within
def _add_mean(
    near: Rows,
    begins: Rows,
    ends: Rows,
    members: Rows,
    weights: Doubles,
    node: int,
    known: int,
    averaged: int,
    sums: Doubles,
) -> None:
    """Add the part of a node's mean weights that its ``known`` nearest nodes have to ``sums``."""
    for place in range(known):
        other = near[node, place]
        for at in range(begins[other], ends[other]):
            sums[members[at]] += weights[at] / averaged


@compiled_within
def _overlap(
    near: Rows,
    begins: Rows,
    ends: Rows,
    members: Rows,
    weights: Doubles,
    node: int,
    known: int,
    averaged: int,
    support: Rows,
    count: int,
    own: Doubles,
    other: Doubles,
) -> float:
    """Sum the minima of the query's mean weights and those of a node's ``known`` nearest nodes.

    ``other`` (m + 1,) is scratch, all 0. Nodes that are not encoded share nothing.
    """
    some = False
    for place in range(known):
        some |= ends[near[node, place]] > 0
    total = 0.0
    if some:
        _add_mean(near, begins, ends, members, weights, node, known, averaged, other)
        for place in range(count):
            member = support[place]
            total += own[member] if own[member] < other[member] else other[member]
        for place in range(known):
            of = near[node, place]
            for at in range(begins[of], ends[of]):
                other[members[at]] = 0
    return total
