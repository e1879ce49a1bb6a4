"""A binary heap of nodes, the one with the best link first; of equal ones, the first found.

The heap holds each node once, at ``places[node]``; its order is by ``best[node]``, the similarity,
and ``found[node]``, the number of the link.
"""

from gld_shared.compiled import compiled_within
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.graph.index_graph import Nodes


@compiled_within
def rise(heap: Nodes, places: Rows, best: Floats, found: Rows, node: int, place: int) -> None:
    """Put a node at a free place, or above it, as far as it belongs."""
    while place > 0:
        above = heap[(place - 1) // 2]
        if best[above] > best[node] or (best[above] == best[node] and found[above] < found[node]):
            break
        heap[place] = above
        places[above] = place
        place = (place - 1) // 2
    heap[place] = node
    places[node] = place


@compiled_within
def remove_first(heap: Nodes, places: Rows, best: Floats, found: Rows, size: int) -> None:
    """Take the first of ``size`` nodes out: its place moves down, and the last node fills it."""
    place, below = 0, 1
    while below < size:
        node = heap[below]
        if below + 1 < size:
            other = heap[below + 1]
            if best[other] > best[node] or (
                best[other] == best[node] and found[other] < found[node]
            ):
                node, below = other, below + 1
        heap[place] = node
        places[node] = place
        place, below = below, 2 * below + 1
    if place < size - 1:
        rise(heap, places, best, found, heap[size - 1], place)
