"""Searches that were made before: the graph of the references, and the tags of the index."""

from pathlib import Path

import numpy as np
from gld_shared.neighbours import NONE, Nearest, open_graph, open_tags
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore
from gld_shared.store.parts import AnyStore

from gld_rerank.landmark.references import References
from gld_rerank.landmark.tagging.best import NEIGHBOURHOOD
from gld_rerank.landmark.tagging.lists import moved_to_the_end

# Index rows that are searched for at once.
_ROWS = 8_192


class GraphLists:
    """The graph of a store as the lists of its labelled images, numbered without the others.

    See ``gld_rerank.landmark.tagging.lists.Lists``. Memory: 8 bytes for each image of the store.
    """

    def __init__(self, graph: Nearest, references: References) -> None:
        """Keep the graph."""
        self.width = graph.k
        self._graph, self._store_rows = graph, references.store_rows
        self._numbers = numbers_of(references, graph.n)

    def take(self, rows: Rows) -> tuple[Rows, Floats]:
        """Return the lists of some rows (m,): rows, -1 = no more, and scores, (m, l) each."""
        found, scores = self._graph.read(self._store_rows[rows])
        if len(self._store_rows) == self._graph.n:
            return found, scores
        numbers = np.where(found == NONE, NONE, self._numbers[found])
        return moved_to_the_end(numbers == NONE, numbers, scores)


def open_reference_graph(
    path: str | Path, store: EmbeddingStore, references: References
) -> tuple[Nearest, GraphLists]:
    """Open the graph of a store of references. Raises DataError as ``open_graph`` does."""
    graph = open_graph(path, store, NEIGHBOURHOOD)
    return graph, GraphLists(graph, references)


def open_index_tags(
    path: str | Path,
    index: AnyStore,
    order: Rows | None,
    store: EmbeddingStore,
    references: References,
    device: str,
) -> tuple[Nearest, Rows]:
    """Open the nearest reference of each index image, and return its number (n,) too.

    ``order`` (n,) are the rows of the index that are wanted, by default all. Where the nearest one
    has no label, the nearest that has is searched for. Raises DataError as ``open_tags`` does.
    """
    tags = open_tags(path, index, store)
    nearest = tags.all()[0][:, 0]
    if order is not None:
        nearest = nearest[order]
    numbers = np.where(nearest == NONE, NONE, numbers_of(references, store.n)[nearest])
    missing = np.flatnonzero(numbers == NONE)
    rows = missing if order is None else order[missing]
    numbers[missing] = search_nearest(index, rows, references, device)
    return tags, numbers


def numbers_of(references: References, n: int) -> Rows:
    """Return the number of each of a store's ``n`` images among its labelled ones, -1 = none."""
    numbers = np.full(n, NONE, np.int64)
    numbers[references.store_rows] = np.arange(len(references.store_rows))
    return numbers


def search_nearest(
    index: Index, rows: Rows, references: References, device: str, advance: Advance = silent
) -> Rows:
    """Find the number of the reference that is nearest to each of some index rows (m,).

    ``advance`` is called with the number of rows of each block. Memory: a block of index rows, and
    a block of references.
    """
    found = [np.empty(0, np.int64)]
    for start in range(0, len(rows), _ROWS):
        vectors = index.read(rows[start : start + _ROWS])
        found.append(topk(vectors, references.vectors, 1, device)[1][:, 0])
        advance(len(vectors))
    return np.concatenate(found)
