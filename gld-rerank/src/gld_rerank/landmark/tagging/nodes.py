"""A query and its neighbourhood as nodes: their similarities, and the nearest nodes of each."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.compiled import compiled, compiled_sums

Ints = npt.NDArray[np.int32]


class Nodes(NamedTuple):
    """A query (node 0) and its neighbourhood, the nodes 1 to m in the order of reference rows.

    ``vectors`` (v, d) holds the vector of node i at ``places[i]``; ``lists`` (v, l) there holds its
    nearest references, itself left out, -1 = no more, with ``list_scores``. ``node_of`` (n,) is the
    node of each reference, 0 = none. ``to_query`` (m + 1,) are the similarities to the query.

    ``nearest`` (m + 1, w) are each node's nearest nodes, itself first, and ``nearness`` their
    similarities; the first ``filled`` (m + 1,) are known. Equal similarities are in the order of
    nodes. All similarities are rounded to float32, as those of a search are.
    """

    vectors: Floats
    places: Rows
    lists: Rows
    list_scores: Floats
    node_of: Ints
    to_query: Floats
    nearest: Rows
    nearness: Floats
    filled: Rows


@compiled_sums
def product(vectors: Floats, left: int, right: int) -> float:
    """Sum the products of two vectors in float64, and round the sum to float32."""
    total = 0.0
    for place in range(vectors.shape[1]):
        total += np.float64(vectors[left, place]) * np.float64(vectors[right, place])
    return np.float32(total)  # type: ignore[return-value] # numba's float32


@compiled
def similarity(nodes: Nodes, left: int, right: int) -> float:
    """Return the similarity of two nodes, which may be near each other."""
    for place in range(nodes.filled[left]):
        if nodes.nearest[left, place] == right:
            return nodes.nearness[left, place]  # type: ignore[no-any-return]
    return product(nodes.vectors, nodes.places[left], nodes.places[right])


@compiled
def fill_from_list(nodes: Nodes, node: int) -> None:
    """Fill the nearest nodes as far as the node's own list determines them.

    The list holds the nearest of all references, so those of its references that are nodes are the
    nearest nodes. The query, which is no reference, is inserted among them.
    """
    width = nodes.nearest.shape[1]
    _start(nodes, node)
    place = nodes.places[node]
    to_query = nodes.to_query[node]
    waiting = node != 0
    last = np.float32(np.inf)
    for entry in range(nodes.lists.shape[1]):
        row = nodes.lists[place, entry]
        if row < 0 or nodes.filled[node] == width:
            break
        last = nodes.list_scores[place, entry]
        if waiting and to_query >= last:
            _append(nodes, node, 0, to_query)
            waiting = False
            if nodes.filled[node] == width:
                return
        other = int(nodes.node_of[row])
        if other > 0 and other != node:
            _append(nodes, node, other, last)
    # No node that is not in the list is nearer than its last reference.
    if waiting and to_query >= last and nodes.filled[node] < width:
        _append(nodes, node, 0, to_query)


@compiled
def fill(nodes: Nodes, node: int) -> None:
    """Fill all of the nearest nodes, by the products with all nodes if need be."""
    width = nodes.nearest.shape[1]
    if nodes.filled[node] == width:
        return
    if nodes.filled[node] == 0:
        fill_from_list(nodes, node)
    if nodes.filled[node] == width:
        return
    _start(nodes, node)
    for other in range(len(nodes.places)):
        if other == node:
            continue
        near = nodes.to_query[node]
        if other > 0 and node > 0:
            near = product(nodes.vectors, nodes.places[node], nodes.places[other])
        elif other > 0:
            near = nodes.to_query[other]
        filled = nodes.filled[node]
        if filled == width and near <= nodes.nearness[node, width - 1]:
            continue
        place = filled if filled < width else width - 1
        while place > 1 and nodes.nearness[node, place - 1] < near:
            nodes.nearest[node, place] = nodes.nearest[node, place - 1]
            nodes.nearness[node, place] = nodes.nearness[node, place - 1]
            place -= 1
        nodes.nearest[node, place] = other
        nodes.nearness[node, place] = near
        nodes.filled[node] = filled + (filled < width)


@compiled
def is_near(nodes: Nodes, node: int, other: int, width: int) -> bool:
    """Return whether a node is among the nearest ``width`` nodes of another."""
    fill(nodes, other)
    found = False
    for place in range(width):
        found |= nodes.nearest[other, place] == node
    return found


@compiled
def _start(nodes: Nodes, node: int) -> None:
    nodes.nearest[node, 0] = node
    nodes.nearness[node, 0] = product(nodes.vectors, nodes.places[node], nodes.places[node])
    nodes.filled[node] = 1


@compiled
def _append(nodes: Nodes, node: int, other: int, near: float) -> None:
    nodes.nearest[node, nodes.filled[node]] = other
    nodes.nearness[node, nodes.filled[node]] = near
    nodes.filled[node] += 1
