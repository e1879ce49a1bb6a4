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

    Each use of an array in this tuple counts a reference to it, so functions name what they use
    first, and those that are called most take arrays.

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
    # Rows of their own, or the loop gets no vector instructions.
    first, second = vectors[left], vectors[right]
    total = 0.0
    for place in range(len(first)):
        total += np.float64(first[place]) * np.float64(second[place])
    return np.float32(total)  # type: ignore[return-value] # numba's float32


@compiled
def similarity(nodes: Nodes, left: int, right: int) -> float:
    """Return the similarity of two nodes, which may be near each other."""
    nearest, nearness = nodes.nearest, nodes.nearness
    for place in range(nodes.filled[left]):
        if nearest[left, place] == right:
            return nearness[left, place]  # type: ignore[no-any-return]
    places = nodes.places
    return product(nodes.vectors, places[left], places[right])


@compiled
def fill_from_list(nodes: Nodes, node: int) -> None:
    """Fill the nearest nodes as far as the node's own list determines them.

    The list holds the nearest of all references, so those of its references that are nodes are the
    nearest nodes. The query, which is no reference, is inserted among them.
    """
    lists, list_scores, node_of = nodes.lists, nodes.list_scores, nodes.node_of
    nearest, nearness = nodes.nearest, nodes.nearness
    width = nearest.shape[1]
    place = nodes.places[node]
    to_query = nodes.to_query[node]
    nearest[node, 0], nearness[node, 0] = node, product(nodes.vectors, place, place)
    filled, waiting = 1, node != 0
    last = np.float32(np.inf)
    for entry in range(lists.shape[1]):
        row = lists[place, entry]
        if row < 0 or filled == width:
            break
        last = list_scores[place, entry]
        if waiting and to_query >= last:
            nearest[node, filled], nearness[node, filled] = 0, to_query
            filled, waiting = filled + 1, False
        other = node_of[row]
        if other > 0 and other != node and filled < width:
            nearest[node, filled], nearness[node, filled] = other, last
            filled += 1
    # No node that is not in the list is nearer than its last reference.
    if waiting and to_query >= last and filled < width:
        nearest[node, filled], nearness[node, filled] = 0, to_query
        filled += 1
    nodes.filled[node] = filled


@compiled
def fill(nodes: Nodes, node: int) -> None:
    """Fill all of the nearest nodes, by the products with all nodes if need be."""
    nearest, nearness = nodes.nearest, nodes.nearness
    width = nearest.shape[1]
    if nodes.filled[node] == 0:
        fill_from_list(nodes, node)
    if nodes.filled[node] == width:
        return
    vectors, places, to_query = nodes.vectors, nodes.places, nodes.to_query
    filled = 1
    for other in range(len(places)):
        if other == node:
            continue
        if other == 0 or node == 0:
            near = to_query[node + other]
        else:
            near = product(vectors, places[node], places[other])
        if filled == width and near <= nearness[node, width - 1]:
            continue
        place = filled if filled < width else width - 1
        while place > 1 and nearness[node, place - 1] < near:
            nearest[node, place] = nearest[node, place - 1]
            nearness[node, place] = nearness[node, place - 1]
            place -= 1
        nearest[node, place], nearness[node, place] = other, near
        filled += filled < width
    nodes.filled[node] = filled


@compiled
def is_near(nearest: Rows, node: int, other: int, width: int) -> bool:
    """Return whether a node is among the nearest ``width`` nodes of another, which is filled."""
    found = False
    for place in range(width):
        found |= nearest[other, place] == node
    return found
