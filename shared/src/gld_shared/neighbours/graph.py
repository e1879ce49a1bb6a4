"""A store's graph, and the tags of an index: neighbours that a later step stands on.

A graph is the k nearest neighbours of each image of a store among the others: ``gld-search A.zarr
--index A.zarr -k 30 -o graph.zarr``. Tags are the nearest reference of each image of an index, or
the nearest few of each query: ``gld-search index.zarr --index reference.zarr --keep-self -k 1 -o
tags.zarr``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gld_shared.neighbours.contract import NONE
from gld_shared.neighbours.forms import is_zarr
from gld_shared.neighbours.keep_self import keeps_self
from gld_shared.neighbours.search_check import (
    argument_of,
    check_searched,
    graph_search,
    unfit,
)
from gld_shared.neighbours.table_form import query_rows, ranked_rows
from gld_shared.neighbours.zarr_form import NeighbourArrays, check_below, open_arrays
from gld_shared.provenance import Input
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.parts import AnyStore
from gld_shared.tables import Table, read_best_neighbours

Read = Callable[[slice | Rows], tuple[Rows, Floats]]


@dataclass(frozen=True)
class Nearest:
    """The k nearest rows of an index to each of n images of a store.

    ``source`` is the file, an input of whatever is made from it. ``read`` takes a slice, or the
    numbers, of some images, and returns their nearest rows (m, k), best first, -1 = none, and
    scores (m, k), each checked as it is read. Memory of ``read``: what it returns.
    """

    source: Input
    n: int
    k: int
    read: Read

    def all(self) -> tuple[Rows, Floats]:
        """Read everything: (n, k) each, 12 bytes for each neighbour."""
        return self.read(slice(0, self.n))


def open_graph(
    path: str | Path,
    store: AnyStore,
    k: int,
    may_lack: bool = False,
    others: Sequence[AnyStore] = (),
    weights: Sequence[float] = (1.0,),
) -> Nearest:
    """Open a store's k nearest neighbours in itself, a table or Zarr.

    With ``others``, it is of an ensemble: of the same images in further stores, with these weights.
    The result's k is the number of other images, if there are fewer. Memory of a table: all of it.
    Raises DataError when the file is damaged, is not of these very stores by their digests, has
    fewer neighbours, or holds each image itself. A warning names an approximate one. ``read``
    raises DataError for an image among its own neighbours, as in a table that was edited, and for
    one with fewer, as in a table that was cut, unless the graph is approximate or ``may_lack``
    some.
    """
    may_lack |= store.n < 2
    k = max(1, min(k, store.n - 1))
    stores = [store, *others]
    make = graph_search(stores, weights, k)
    source = _open(path, k)
    check_searched(source, stores, stores, weights, make)
    if keeps_self(source):
        raise unfit(path, "was made with --keep-self, so an image is its own neighbour", make)
    may_lack |= "approximate" in source.header
    return _checked(_nearest(source, store, store, k, make), store, make, may_lack)


def open_tags(path: str | Path, images: AnyStore, reference: AnyStore, k: int = 1) -> Nearest:
    """Open the k nearest references of each image of a store, a table or Zarr.

    The result's k is the number of references, if there are fewer. Memory of a table: all of it.
    Raises DataError as ``open_graph`` does, and when the search has left out the reference with an
    image's own id, which may be the nearest.
    """
    k = max(1, min(k, reference.n))
    sides = f"{argument_of(images)} --index {argument_of(reference)}"
    make = f"gld-search {sides} --keep-self -k {k} -o X.zarr"
    source = _open(path, k)
    check_searched(source, [images], [reference], [1.0], make)
    if not keeps_self(source) and (reference.ids.rows_of(images.ids) >= 0).any():
        raise unfit(path, "was made without --keep-self, but the stores share ids", make)
    return _nearest(source, images, reference, k, make)


def _open(path: str | Path, k: int) -> NeighbourArrays | Table:
    return open_arrays(path) if is_zarr(path) else read_best_neighbours(path, k)


def _nearest(
    source: NeighbourArrays | Table, queries: AnyStore, index: AnyStore, k: int, make: str
) -> Nearest:
    arrays = source if isinstance(source, NeighbourArrays) else _in_memory(source, queries, index)
    if arrays.k < k:
        found = 0 if isinstance(source, Table) and source.rows.is_empty() else arrays.k
        raise unfit(source.path, f"has {found} neighbours of each image, expected {k}", make)

    def read(images: slice | Rows) -> tuple[Rows, Floats]:
        rows, scores = arrays.read(images)
        check_below(rows, index.n, source.path)
        return rows[:, :k], scores[:, :k]

    return Nearest(source, arrays.n, k, read)


def _checked(graph: Nearest, store: AnyStore, make: str, may_lack: bool) -> Nearest:
    """Return the graph, whose ``read`` checks each image's neighbours; see ``open_graph``."""

    def read(images: slice | Rows) -> tuple[Rows, Floats]:
        rows, scores = graph.read(images)
        own = np.arange(*images.indices(graph.n)) if isinstance(images, slice) else images
        itself = np.flatnonzero((rows == own[:, None]).any(axis=1))
        if len(itself):
            fault = f"has {store.ids[int(own[itself[0]])]!r} among its own neighbours"
            raise unfit(graph.source.path, fault, make)
        short = np.flatnonzero(rows[:, -1] == NONE)
        if len(short) and not may_lack:
            count = int(np.count_nonzero(rows[short[0]] != NONE))
            image = store.ids[int(own[short[0]])]
            fault = f"has {count} neighbours of {image!r}, expected {graph.k}"
            raise unfit(graph.source.path, fault, make)
        return rows, scores

    return replace(graph, read=read)


class _InMemory:
    """Neighbours of all images of a store, which a table may lack some of."""

    def __init__(self, rows: Rows, scores: Floats) -> None:
        self.rows, self.scores = rows, scores
        self.n, self.k = rows.shape

    def read(self, images: slice | Rows) -> tuple[Rows, Floats]:
        return self.rows[images], self.scores[images]


def _in_memory(table: Table, queries: AnyStore, index: AnyStore) -> _InMemory:
    of_table, scores_of_table = ranked_rows(table, index)
    shape = (queries.n, of_table.shape[1])
    rows, scores = np.full(shape, NONE, np.int64), np.zeros(shape, np.float32)
    places = query_rows(table, queries)
    rows[places], scores[places] = of_table, scores_of_table
    return _InMemory(rows, scores)
