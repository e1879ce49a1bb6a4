"""The overlap of each node's weights with the query's."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.encoding import Widths, encode
from gld_rerank.landmark.tagging.nodes import Flags, Nodes
from gld_rerank.landmark.tagging.reciprocal import distinct_nodes, reciprocal_neighbours


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
    wanted: Flags


def overlaps_of(nodes: Nodes, vectors: Floats, vector_of: Rows, k1: int, k2: int) -> Overlaps:
    """Compute the overlaps of nodes; ``k1`` neighbours are reciprocal, ``k2`` are averaged.

    Similarities that no list tells are those of ``vectors`` (v, d), of which node i has number
    ``vector_of[i]``; without any, nodes are wanted instead.
    """
    total = len(nodes.rows)
    wide = min(k1 + 1, int(np.diff(nodes.starts).max(initial=1)))
    widths, averaged = Widths(wide, min(round(k1 / 2) + 1, wide)), min(k2, wide)
    wanted = np.zeros(total, np.bool_)
    nearest = nodes.near[nodes.starts[:-1], :averaged].ravel()
    of_queries = encode(nodes, nearest, widths, vectors, vector_of, wanted)
    own = _summed(of_queries.members, of_queries.weights / averaged, total)
    # The nodes that may share some weight: being reciprocal neighbours is mutual, so they are the
    # reciprocal neighbours of the narrow ones, of which each node is one, of those with weight.
    near = reciprocal_neighbours(nodes, np.flatnonzero(own), widths.narrow, wanted)
    near = reciprocal_neighbours(nodes, distinct_nodes(near, total), widths.wide, wanted)
    which = distinct_nodes(near, total)
    encoding = encode(nodes, which, widths, vectors, vector_of, wanted)
    parts = encoding.weights / averaged
    counts = encoding.ends[which] - encoding.starts[which]
    alone = _summed(np.repeat(which, counts), np.minimum(own[encoding.members], parts), total)
    shared = np.zeros(total)
    _share(
        nodes.near, nodes.filled, averaged, encoding.starts, encoding.ends, encoding.members, parts,
        own, np.zeros(total), shared,
    )  # fmt: skip
    return Overlaps(averaged, shared, np.maximum.reduceat(alone, nodes.starts[:-1]), wanted)


def _summed(nodes: Rows, values: Doubles, total: int) -> Doubles:
    """Sum the values (p,) of each node (p,), (total,)."""
    sums: Doubles = np.bincount(nodes, values, total).astype(np.float64, copy=False)
    return sums


@compiled
def _share(
    near: Rows,
    filled: Rows,
    averaged: int,
    starts: Rows,
    ends: Rows,
    members: Rows,
    parts: Doubles,
    own: Doubles,
    other: Doubles,
    shared: Doubles,
) -> None:
    """Sum the minima of the queries' mean weights and those of each node's known nearest nodes.

    ``other`` (m,) is scratch, all 0. Nodes that are not encoded share nothing.
    """
    for node in range(len(shared)):
        known = filled[node] if filled[node] < averaged else averaged
        for is_second in (False, True):
            for place in range(known):
                of = near[node, place]
                for at in range(starts[of], ends[of]):
                    member = members[at]
                    if not is_second:
                        other[member] += parts[at]
                    else:
                        shared[node] += (
                            own[member] if own[member] < other[member] else other[member]
                        )
                        other[member] = 0
