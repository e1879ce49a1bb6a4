"""The weights of nodes over their expanded k-reciprocal neighbours."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.exact_scores import pair_products

from gld_rerank.graph.reciprocal_members import IN_SET, add_most_shared
from gld_rerank.landmark.tagging.nodes import Flags, Nodes
from gld_rerank.landmark.tagging.reciprocal import distinct_nodes, reciprocal_neighbours


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
    total = len(nodes.rows)
    wide = reciprocal_neighbours(nodes, which, widths.wide, wanted)
    added = distinct_nodes(wide, total)
    narrow = reciprocal_neighbours(nodes, added, widths.narrow, wanted)
    narrow_of, starts, ends = (np.zeros(total + 1, np.int64) for _ in range(3))
    narrow_of[added] = np.arange(len(added))
    # What is not written takes no memory.
    most = wide.size * (widths.narrow + 1)
    members, told = np.empty(most, np.int64), np.empty(most, np.float32)
    used = _expand(
        nodes.near, nodes.scores, nodes.filled, which, wide, narrow, narrow_of,
        np.zeros(total + 1, np.int64), starts, ends, members, told,
    )  # fmt: skip
    counts = ends[which] - starts[which]
    places, members = np.repeat(np.arange(len(which)), counts), members[:used]
    alike = told[:used].astype(np.float64)
    _compare_unknown(alike, which[places], members, vectors, vector_of, wanted)
    weights = np.exp(-np.clip((1 - alike) / 2, 0, 1))
    return Encoding(starts, ends, members, weights / np.bincount(places, weights)[places])


def _compare_unknown(
    alike: Doubles, left: Rows, right: Rows, vectors: Floats, vector_of: Rows, wanted: Flags
) -> None:
    """Fill in the similarities (p,) of pairs of nodes that no list tells; without vectors, 0."""
    unknown = np.flatnonzero(np.isnan(alike))
    left, right = left[unknown], right[unknown]
    if len(vectors):
        products = pair_products(vectors, vector_of[left], vectors, vector_of[right])
        alike[unknown] = products.astype(np.float32)
    else:
        alike[unknown] = 0
        wanted[left] = True


@compiled
def _expand(
    near: Rows,
    scores: Floats,
    filled: Rows,
    which: Rows,
    wide: Rows,
    narrow: Rows,
    narrow_of: Rows,
    marks: Rows,
    starts: Rows,
    ends: Rows,
    members: Rows,
    told: Floats,
) -> int:
    """Write the members of some nodes, and their similarities to the node; return their number.

    See ``add_most_shared``. A similarity is NaN if neither node's list tells it. ``marks``
    (m + 1,) is scratch, all 0.
    """
    count = 0
    for row in range(len(which)):
        node, start = which[row], count
        for place in range(wide.shape[1]):
            if wide[row, place] < 0:
                break
            members[count] = wide[row, place]
            marks[wide[row, place]] = IN_SET
            count += 1
        for at in range(start, count):
            count = add_most_shared(narrow, narrow_of[members[at]], marks, members, count)
        for place in range(filled[node]):
            marks[near[node, place]] = -1 - place
        for at in range(start, count):
            other = members[at]
            told[at] = np.nan
            if marks[other] < 0:
                told[at] = scores[node, -1 - marks[other]]
            else:
                for place in range(filled[other]):
                    if near[other, place] == node:
                        told[at] = scores[other, place]
                        break
            marks[other] = 0
        for place in range(filled[node]):
            marks[near[node, place]] = 0
        starts[node], ends[node] = start, count
    return count
