"""The walk from one query along the links of the index, best link first."""

from dataclasses import dataclass

import numpy as np
from gld_shared.compiled import ThreadScratch, compiled
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.explore.heap import remove_first, rise
from gld_rerank.graph.index_graph import Nodes
from gld_rerank.graph.links import Links

# The parent of an image that the query itself is linked to.
THE_QUERY = -1
_REACHED, _WAITING = 2, 1


@dataclass(frozen=True)
class Walk:
    """The images taken, in order, the link (p,) by which each was, and its other end (p,).

    ``weakest`` (p,) is the weakest link that was followed so far.
    """

    images: Nodes
    links: Floats
    parents: Nodes
    weakest: Floats


class Traversal:
    """Walks along the links of an index, and of queries, if any are linked to it.

    Memory: 33 bytes for each node and thread.
    """

    def __init__(self, links: Links, threshold: float, images: int) -> None:
        """Keep the links, and the similarity above which links are followed at once.

        The first nodes are the ``images``; all others are queries, which are walked through, but
        not taken.
        """
        n = len(links.starts) - 1
        self._links, self._threshold, self._images = links, threshold, images
        self._states = ThreadScratch(n, np.uint8)
        self._best = ThreadScratch(n, np.float32)
        self._found, self._places = (ThreadScratch(n, np.int64) for _ in range(2))
        self._origins, self._heap, self._reached = (ThreadScratch(n, np.int32) for _ in range(3))

    def walk(self, images: Nodes, similarities: Floats, own: int, count: int) -> Walk:
        """Take ``count`` images, or as many as there are ways to.

        A query is linked to ``images`` (m,), in the table's order; ``own`` is its own node, which
        is never reached, or -1. In each round, the best link leads to the next node, and so do all
        further links above the threshold; then the links of the new nodes are added.
        """
        most = min(count, self._images)
        taken, parents = (np.empty(most, np.int32) for _ in range(2))
        links, weakest = (np.empty(most, np.float32) for _ in range(2))
        found = _walk(
            images, similarities, own, self._images,
            self._links.starts, self._links.nodes, self._links.similarities, self._threshold,
            self._states.zeros(), self._best.zeros(), self._found.zeros(), self._origins.zeros(),
            self._heap.zeros(), self._places.zeros(), self._reached.zeros(),
            taken, links, parents, weakest,
        )  # fmt: skip
        return Walk(taken[:found], links[:found], parents[:found], weakest[:found])


@compiled
def _walk(
    starts_from: Nodes,
    similarities: Floats,
    own: int,
    images: int,
    starts: Rows,
    nodes: Nodes,
    weights: Floats,
    threshold: float,
    states: "np.ndarray[tuple[int], np.dtype[np.uint8]]",
    best: Floats,
    found: Rows,
    origins: Nodes,
    heap: Nodes,
    places: Rows,
    reached: Nodes,
    taken: Nodes,
    links: Floats,
    parents: Nodes,
    weakest: Floats,
) -> int:
    """Fill in ``taken``, ``links``, ``parents`` and ``weakest``, and return the number of images.

    Of the scratch arrays (n,), ``states`` is 0 before and after, and the others hold anything.
    Equal links are followed in the order in which they were found.
    """
    if own >= 0:
        states[own] = _REACHED
    size = int(np.int64(0))  # a plain 0 has a type of its own, for which more is compiled
    pushed, count, done, first = 0, 0, 0, -1
    lowest = np.float32(np.inf)
    while True:
        # The links of the query itself, in the first round, or of those reached in the last one.
        for at in range(first, done):
            node = THE_QUERY if at < 0 else reached[at]
            begin, end = (0, len(starts_from)) if at < 0 else (starts[node], starts[node + 1])
            for place in range(begin, end):
                other = starts_from[place] if at < 0 else nodes[place]
                weight = similarities[place] if at < 0 else weights[place]
                if states[other] == _REACHED or (states[other] and best[other] >= weight):
                    continue
                if states[other] == 0:
                    states[other] = _WAITING
                    places[other] = size
                    size += 1
                best[other], found[other], origins[other] = weight, pushed, node
                pushed += 1
                rise(heap, places, best, found, other, places[other])
        first = done
        while size > 0 and count < len(taken) and (done == first or best[heap[0]] > threshold):
            node = heap[0]
            remove_first(heap, places, best, found, size)
            size -= 1
            states[node] = _REACHED
            reached[done] = node
            done += 1
            if best[node] < lowest:
                lowest = best[node]
            if node < images:
                taken[count], links[count], parents[count] = node, best[node], origins[node]
                weakest[count] = lowest
                count += 1
        if first == done or count == len(taken):
            break
    for place in range(size):
        states[heap[place]] = 0
    for place in range(done):
        states[reached[place]] = 0
    if own >= 0:
        states[own] = 0
    return count
