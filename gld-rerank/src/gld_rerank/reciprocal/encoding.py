"""Every node's weights over its expanded k-reciprocal neighbours, as sparse rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import ThreadScratch
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.threads import cores, in_order

from gld_rerank.reciprocal.lists import Lists, Nodes
from gld_rerank.reciprocal.sets import expanded_sets, reciprocal_neighbours

# From pairs of nodes (p,) and (p,) to their distances (p,).
Distances = Callable[[Rows, Rows], Doubles]
_NODES_AT_ONCE = 4096


@dataclass(frozen=True)
class Encoding:
    """Sparse rows: node i has ``weights`` over ``members`` from ``starts[i]`` to ``starts[i+1]``.

    The weights of a row sum to 1.
    """

    starts: Rows
    members: Nodes
    weights: Floats


def encode(lists: Lists, k1: int, distances: Distances, advance: Advance = silent) -> Encoding:
    """Weigh each node's expanded k1-reciprocal neighbours by exp(-distance).

    ``distances`` is asked for the pairs that no list holds. Memory: 12 bytes for each of n k1
    places, and for each member 8 bytes; a set has (k1 + 1) (k1 / 2 + 2) members at most, and about
    k1 in practice. ``advance`` is called with the number of nodes that each block adds.
    """
    wide = reciprocal_neighbours(lists, k1 + 1)
    narrow = reciprocal_neighbours(lists, half_of(k1) + 1)
    marks = ThreadScratch(len(lists), np.int32)

    def encode_from(first: int) -> tuple[Rows, Nodes, Floats]:
        ends, members, known = _sets(lists, wide, narrow, first, marks.zeros())
        nodes = first + np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
        missing = np.flatnonzero(np.isnan(known))
        if len(missing):
            known[missing] = distances(nodes[missing], members[missing].astype(np.int64))
        weights = np.exp(-known.astype(np.float64))
        sums = np.add.reduceat(weights, np.concatenate([[0], ends[:-1]]))
        advance(len(ends))
        return ends, members, (weights / sums[nodes - first]).astype(np.float32)

    blocks = range(0, len(lists), _NODES_AT_ONCE)
    parts = list(
        in_order(encode_from, blocks, cores()) if len(blocks) > 1 else map(encode_from, blocks)
    )
    counts = [np.diff(ends, prepend=0) for ends, _, _ in parts]
    starts = np.concatenate([[0], *counts]).astype(np.int64).cumsum()
    members = np.concatenate([np.empty(0, np.int32), *(members for _, members, _ in parts)])
    weights = np.concatenate([np.empty(0, np.float32), *(weights for _, _, weights in parts)])
    return Encoding(starts, members, weights)


def half_of(k1: int) -> int:
    """Return the narrower width: half of k1, rounded half to even as numpy does."""
    return round(k1 / 2)


def _sets(
    lists: Lists, wide: Nodes, narrow: Nodes, first: int, marks: Nodes
) -> tuple[Rows, Nodes, Floats]:
    """Return the expanded sets of a block: their ends, members and known distances."""
    count = min(_NODES_AT_ONCE, len(lists) - first)
    most = count * min(len(lists), wide.shape[1] * (1 + narrow.shape[1]))
    ends = np.empty(count, np.int64)
    members, known = np.empty(most, np.int32), np.empty(most, np.float32)
    expanded_sets(lists.nodes, lists.distances, wide, narrow, first, ends, members, known, marks)
    return ends, members[: ends[-1]].copy(), known[: ends[-1]].copy()
