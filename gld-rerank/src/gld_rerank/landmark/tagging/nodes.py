"""A query and its neighbourhood as nodes: their similarities, and the nearest nodes of each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gld_shared.compiled import compiled, compiled_sums
from gld_shared.search.blocks import Floats, Rows

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Nodes:
    """A query (node 0) and its neighbourhood, the nodes 1 to m in the order of reference rows.

    ``vectors`` (v, d) holds the vector of node i at ``places[i]``. ``to_query`` (m + 1,) are the
    similarities to the query. ``nearest`` (m + 1, w) are each node's nearest nodes, itself first,
    of which the first ``filled`` (m + 1,) are known. Equal similarities are in the order of nodes.
    All similarities are rounded to float32, as those of a search are.
    """

    vectors: Floats
    places: Rows
    to_query: Floats
    nearest: Rows
    filled: Rows

    def complete(self, nodes: Rows, near: int = 0) -> None:
        """Fill the nearest nodes of some nodes, by products with all nodes where need be.

        And those of each one's first ``near`` nearest nodes.
        """
        row = np.empty(self.nearest.shape[1], np.float32)
        _complete(self.vectors, self.places, self.nearest, self.filled, row, nodes, near)


def nodes_of(
    vectors: Floats,
    lists: Rows,
    list_scores: Floats,
    query: int,
    members: Rows,
    member_places: Rows,
    node_of: Ints,
    width: int,
) -> Nodes:
    """Return the nodes of a query, with what the lists of their nearest references tell.

    ``vectors`` (v, d) hold the query at ``query``, and its neighbourhood, the reference rows
    ``members`` (m,), at ``member_places``. ``lists`` (v, l) there hold their nearest references,
    without themselves, -1 = no more, with ``list_scores``; those that are nodes are the nearest
    nodes. ``node_of`` (n,) is scratch for each reference, all 0. ``width`` nearest nodes are
    wanted.
    """
    places = np.concatenate([[query], member_places])
    count = len(places)
    nodes = Nodes(
        vectors,
        places,
        np.empty(count, np.float32),
        np.empty((count, min(width, count)), np.int64),
        np.ones(count, np.int64),
    )
    node_of[members] = np.arange(1, count)
    _fill_from_lists(
        vectors, places, lists, list_scores, node_of, nodes.to_query, nodes.nearest, nodes.filled
    )
    node_of[members] = 0
    return nodes


@compiled_sums
def product(vectors: Floats, left: int, right: int) -> float:
    """Sum the products of two vectors in float64, and round the sum to float32."""
    total = 0.0
    for place in range(vectors.shape[1]):
        total += np.float64(vectors[left, place]) * np.float64(vectors[right, place])
    return np.float32(total)  # type: ignore[return-value] # numba's float32


@compiled
def _fill_from_lists(
    vectors: Floats,
    places: Rows,
    lists: Rows,
    list_scores: Floats,
    node_of: Ints,
    to_query: Floats,
    nearest: Rows,
    filled: Rows,
) -> None:
    """Fill the nearest nodes of each node as far as its own list determines them.

    The query, which is no reference, is inserted among them.
    """
    width = nearest.shape[1]
    for node in range(len(places)):
        place = places[node]
        to_query[node] = product(vectors, places[0], place)
        nearest[node, 0] = node
        count, waiting = 1, node > 0
        last = np.float32(np.inf)
        for entry in range(lists.shape[1]):
            row = lists[place, entry]
            if row < 0 or count == width:
                break
            last = list_scores[place, entry]
            if waiting and to_query[node] >= last:
                nearest[node, count] = 0
                count, waiting = count + 1, False
            other = node_of[row]
            if other > 0 and other != node and count < width:
                nearest[node, count] = other
                count += 1
        # No node that is not in the list is nearer than its last reference.
        if waiting and to_query[node] >= last and count < width:
            nearest[node, count] = 0
            count += 1
        filled[node] = count


@compiled
def _complete(
    vectors: Floats,
    places: Rows,
    nearest: Rows,
    filled: Rows,
    row: Floats,
    nodes: Rows,
    near: int,
) -> None:
    """See ``Nodes.complete``; ``row`` (w,) is scratch."""
    width = nearest.shape[1]
    for index in range(len(nodes)):
        for at in range(-1, near):
            node = nodes[index] if at < 0 else nearest[nodes[index], at]
            if filled[node] == width:
                continue
            count = 1
            for other in range(len(places)):
                if other == node:
                    continue
                similarity = product(vectors, places[node], places[other])
                if count == width and similarity <= row[width - 1]:
                    continue
                place = count if count < width else width - 1
                while place > 1 and row[place - 1] < similarity:
                    nearest[node, place], row[place] = nearest[node, place - 1], row[place - 1]
                    place -= 1
                nearest[node, place], row[place] = other, similarity
                count += count < width
            filled[node] = width
