"""The authors' semi-supervised walks, whose queue changes its order while it is in use.

Their queue is Java's PriorityQueue, a binary heap, and its order is by the best link to a node that
is known when two nodes are compared. A link that is found later changes that under the heap, which
does not notice. So which node comes first depends on how Java moves entries. The reference below
moves them so, and takes what the authors' program takes; with a queue that always has the best link
first, which is all that differs, it takes what our walks take.
"""

import numpy as np
import pytest
from gld_rerank.explore.traversal import Traversal

CASES = [
    ("plain_semi_k10_p100_t0.55_n52", 10, 100, 550, 52),
    ("plain_semi_k25_p60_t0.7_n12", 25, 60, 700, 12),
    ("qe2_semi_k25_p60_t0.7_n12", 25, 60, 700, 12),
    ("qe2_semi_k10_p100_t0.55_n52", 10, 100, 550, 52),
]


class JavaQueue:
    """java.util.PriorityQueue: entries in a heap, of which two are compared as they are now."""

    def __init__(self, key):
        self.key, self.heap = key, []

    def add(self, entry):
        """siftUp, from the end."""
        self.heap.append(entry)
        place = len(self.heap) - 1
        while place > 0:
            above = (place - 1) // 2
            if self.key(entry) >= self.key(self.heap[above]):
                break
            self.heap[place] = self.heap[above]
            place = above
        self.heap[place] = entry

    def first(self):
        return self.heap[0]

    def poll(self):
        """Take the first, and siftDown the last from its place."""
        first, last = self.heap[0], self.heap.pop()
        size, place = len(self.heap), 0
        if not size:
            return first
        while place < size // 2:
            below = 2 * place + 1
            if below + 1 < size and self.key(self.heap[below]) > self.key(self.heap[below + 1]):
                below += 1
            if self.key(last) <= self.key(self.heap[below]):
                break
            self.heap[place] = self.heap[below]
            place = below
        self.heap[place] = last
        return first


class BestFirst:
    """A queue of nodes, each once by its best link, that always has the best link first."""

    def __init__(self, key):
        self.key, self.heap, self.polled = key, [], set()

    def add(self, entry):
        if entry[0] not in self.polled:
            self.heap = [other for other in self.heap if other[0] != entry[0]]
            self.heap.append(entry)

    def first(self):
        return min(self.heap, key=self.key)

    def poll(self):
        if not self.heap:
            raise IndexError
        first = self.first()
        self.heap.remove(first)
        self.polled.add(first[0])
        return first


def walk_slowly(lists, query, queries, count, threshold, queue_type):
    """Walk from a query through all nodes; the first ``queries`` are not taken.

    Returns the nodes taken, and whether the queue ran empty, with which the authors' program ends.
    """
    best = {query: np.inf}
    # Entries are a node and the number of its link; of equal links, the older comes first.
    queue = queue_type(lambda entry: (-best[entry[0]], entry[1]))
    explored, taken, fresh, found = set(), [], [query], 0
    while True:
        for node in fresh:
            explored.add(node)
            for other, score in lists[node]:
                if best.get(other, -np.inf) < score:
                    best[other] = score
                    queue.add((other, found))
                    found += 1
        fresh = []
        while True:
            try:
                node, _ = queue.poll()
            except IndexError:
                return taken, True
            if node >= queries and node not in taken:
                taken.append(node)
            if node not in explored:
                fresh.append(node)
            if len(taken) == count or not queue.heap or best[queue.first()[0]] <= threshold:
                break
        if len(taken) == count or not (queue.heap or fresh):
            return taken, False


@pytest.mark.parametrize(("name", "k", "count", "threshold", "queries"), CASES)
def test_walks_with_javas_queue_are_the_authors(
    methods, lists_as_the_authors, name, k, count, threshold, queries
):
    lists = lists_as_the_authors(name.partition("_")[0], k, 0)
    expected = np.load(methods / "egt.npz")[name]

    walks, crashed = zip(
        *(walk_slowly(lists, query, queries, count, threshold, JavaQueue) for query in range(12)),
        strict=True,
    )
    if expected.shape == (0,):
        assert any(crashed)
    else:
        assert not any(crashed)
        assert list(walks) == [row[row >= 0].tolist() for row in expected]


@pytest.mark.parametrize(("name", "k", "count", "threshold", "queries"), CASES)
def test_walks_with_the_best_link_first_are_ours(
    links_of, lists_as_the_authors, name, k, count, threshold, queries
):
    lists = lists_as_the_authors(name.partition("_")[0], k, 0)
    images = len(lists) - queries
    # Ours are numbered with the images first.
    number = np.roll(np.arange(len(lists)), queries)
    links = [[(int(number[node]), score) for node, score in each] for each in lists]
    traversal = Traversal(links_of([*links[queries:], *links[:queries]]), threshold, images)
    for query in range(12):
        near = np.array(links[query])
        walk = traversal.walk(
            near[:, 0].astype("i4"), near[:, 1].astype("f4"), images + query, count
        )
        expected, _ = walk_slowly(lists, query, queries, count, threshold, BestFirst)
        assert walk.images.tolist() == [node - queries for node in expected]
