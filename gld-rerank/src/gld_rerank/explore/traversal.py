"""The walk from one query along the links of the index, best link first."""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from gld_shared.search.blocks import Floats

from gld_rerank.compiled import ThreadScratch, compiled
from gld_rerank.graph.index_graph import Nodes
from gld_rerank.graph.links import Links

# The parent of an image that the query itself is linked to.
THE_QUERY = -1
_TAKEN, _WAITING = 2, 1


@dataclass(frozen=True)
class Walk:
    """The images taken, in order, the link (p,) by which each was, and its other end (p,)."""

    images: Nodes
    links: Floats
    parents: Nodes


class Traversal:
    """Walks along the links of an index. Memory: 9 bytes for each image and thread."""

    def __init__(self, links: Links, threshold: float) -> None:
        """Keep the links, and the similarity above which links are followed at once."""
        n = len(links.starts) - 1
        self._links, self._threshold = links, threshold
        self._states = ThreadScratch(n, np.uint8)
        self._best = ThreadScratch(n, np.float32)
        self._parents = ThreadScratch(n, np.int32)

    def walk(self, images: Nodes, similarities: Floats, own: int, count: int) -> Walk:
        """Take ``count`` images, or as many as there are ways to.

        A query is linked to ``images`` (m,), best first; ``own`` is its own image, which is never
        taken, or -1. In each round, the best link leads to the next image, and so do all further
        links above the threshold; then the links of the new images are added.
        """
        states = self._states.zeros()
        most = min(count, len(states))
        taken, links, parents = (np.empty(most, dtype) for dtype in ("i4", "f4", "i4"))
        found = _walk(
            images, similarities, own,
            self._links.starts, self._links.nodes, self._links.similarities, self._threshold,
            states, self._best.zeros(), self._parents.zeros(),
            taken, links, parents,
        )  # fmt: skip
        return Walk(taken[:found], links[:found], parents[:found])


@compiled
def _walk(
    images: Nodes,
    similarities: Floats,
    own: int,
    starts: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    nodes: Nodes,
    weights: Floats,
    threshold: float,
    states: "np.ndarray[tuple[int], np.dtype[np.uint8]]",
    best: Floats,
    origins: Nodes,
    taken: Nodes,
    links: Floats,
    parents: Nodes,
) -> int:
    """Fill in ``taken``, ``links`` and ``parents``; the scratch arrays (n,) stay as they were.

    Equal links are followed in the order in which they were found.
    """
    if own >= 0:
        states[own] = _TAKEN
    seen = [np.int32(0) for _ in range(0)]
    heap = [(np.float32(0), 0, np.int32(0)) for _ in range(0)]
    pushed = 0
    for place in range(len(images)):
        image, weight = images[place], similarities[place]
        if states[image] == _TAKEN or (states[image] == _WAITING and best[image] >= weight):
            continue
        if states[image] == 0:
            seen.append(image)
        states[image], best[image], origins[image] = _WAITING, weight, THE_QUERY
        heappush(heap, (-weight, pushed, image))
        pushed += 1
    count = 0
    while len(heap) > 0 and count < len(taken):
        first = count
        while len(heap) > 0 and count < len(taken) and (count == first or -heap[0][0] > threshold):
            negative, _, image = heappop(heap)
            if states[image] == _TAKEN:
                continue
            states[image] = _TAKEN
            taken[count], links[count], parents[count] = image, -negative, origins[image]
            count += 1
        for image in taken[first:count]:
            for place in range(starts[image], starts[image + 1]):
                other, weight = nodes[place], weights[place]
                if states[other] == _TAKEN or (states[other] == _WAITING and best[other] >= weight):
                    continue
                if states[other] == 0:
                    seen.append(other)
                states[other], best[other], origins[other] = _WAITING, weight, image
                heappush(heap, (-weight, pushed, other))
                pushed += 1
    for image in seen:
        states[image] = 0
    if own >= 0:
        states[own] = 0
    return count
