"""Nodes, which are queries and references near them, and the nearest nodes of each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gld_shared.compiled import compiled
from gld_shared.search.blocks import Floats, Rows

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Nodes:
    """The nodes of some queries, numbered in a row.

    Query q has the nodes from ``starts[q]`` to ``starts[q + 1]``: itself, then references in the
    order of their rows, ``rows`` (m,), in which a query is -1. ``to_query`` (m,) are similarities
    to the query. ``near`` (m, w) are each node's nearest nodes of the same query, itself first,
    with similarities ``scores``; the first ``filled`` (m,) of them are known. Equal scores are in
    the order of nodes. A reference that should be a node but was left out is -1 in ``near``.
    """

    starts: Rows
    rows: Rows
    to_query: Floats
    near: Rows
    scores: Floats
    filled: Rows


def nodes_from_lists(
    starts: Rows,
    rows: Rows,
    to_query: Floats,
    lists: Rows,
    list_scores: Floats,
    node_of: Ints,
    is_whole: bool,
) -> Nodes:
    """Return nodes, with the nearest of each as far as its own list determines them.

    A node's list, one of ``lists`` (m, l) with ``list_scores``, holds the references nearest to it
    without itself, -1 = no more. The query, which is no reference, is inserted. Unless
    ``is_whole``, all references in lists should be nodes. ``node_of`` (n,) is scratch for each
    reference, all 0.
    """
    shape = len(rows), lists.shape[1] + 2
    nodes = Nodes(
        starts,
        rows,
        to_query,
        np.empty(shape, np.int64),
        np.empty(shape, np.float32),
        np.empty(len(rows), np.int64),
    )
    _fill(
        starts, rows, to_query, lists, list_scores, node_of, is_whole,
        nodes.near, nodes.scores, nodes.filled,
    )  # fmt: skip
    return nodes


@compiled
def _fill(
    starts: Rows,
    rows: Rows,
    to_query: Floats,
    lists: Rows,
    list_scores: Floats,
    node_of: Ints,
    is_whole: bool,
    near: Rows,
    scores: Floats,
    filled: Rows,
) -> None:
    """See ``nodes_from_lists``."""
    for query in range(len(starts) - 1):
        first, end = starts[query], starts[query + 1]
        for node in range(first + 1, end):
            node_of[rows[node]] = node + 1
        for node in range(first, end):
            near[node, 0], scores[node, 0] = node, 1
            count, waiting = 1, node > first
            for entry in range(lists.shape[1]):
                row, score = lists[node, entry], list_scores[node, entry]
                if row < 0:
                    break
                if waiting and to_query[node] >= score:
                    near[node, count], scores[node, count] = first, to_query[node]
                    count, waiting = count + 1, False
                other = node_of[row] - 1
                if other >= 0 or not is_whole:
                    near[node, count], scores[node, count] = other, score
                    count += 1
            filled[node] = count
        for node in range(first + 1, end):
            node_of[rows[node]] = 0
