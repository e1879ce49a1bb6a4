"""Database augmentation: the vectors of a store with their nearest neighbours added.

Turcot and Lowe, Better matching with fewer features (ICCV workshops 2009); weighted by powers of
the similarity: Gordo et al., End-to-End Learning of Deep Visual Representations (IJCV 2017).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from gld_shared.errors import replaced
from gld_shared.neighbours.graph import Nearest, open_graph
from gld_shared.provenance import Input
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.own_images import topk_of_others
from gld_shared.store import EmbeddingStore, StoreSpec, StoreWriter, open_store

from gld_rerank.candidates import vectors_of
from gld_rerank.expansion.weighted_sum import (
    MOST_VALUES,
    expand,
    similarities_of,
    weights_of,
)


@dataclass(frozen=True)
class Augmentation:
    """A store to make of another, which ``store`` names; it can be pickled.

    ``graph`` names the neighbours of the store's images in itself, if they are not to be computed;
    ``attributes`` are those of the new store, which record the digests of both.
    """

    store: str
    output: Path
    top: int
    alpha: float
    graph: str | None
    attributes: Mapping[str, Any]

    def begin(self) -> StoreWriter:
        """Begin or resume the new store; if it is finished, the writer's ``finished`` is true.

        Raises DataError if an earlier run had another store, graph or settings, and as
        ``open_store`` does.
        """
        store = self.open_store()
        ids = store.ids.take(np.arange(store.n))
        spec = StoreSpec(ids, store.dimension, str(store.dtype), self.attributes)
        return StoreWriter.open(self.output, spec)

    def open_store(self) -> EmbeddingStore:
        """Open the store. Raises DataError unless it has the digest in the attributes."""
        store = open_store(self.store)
        self._check_recorded("store", store)
        return store

    def open_graph(self, store: EmbeddingStore) -> Nearest | None:
        """Open the graph, if there is one; raises DataError alike, and as ``open_graph`` does."""
        if self.graph is None:
            return None
        graph = open_graph(self.graph, store, self.top)
        self._check_recorded("graph", graph.source)
        return graph

    def _check_recorded(self, name: str, source: Input) -> None:
        if source.sha256 != self.attributes["augmentation"][name]["sha256"]:
            raise replaced(source.path)


class Augmenter:
    """The vectors of an augmented store, some rows at a time."""

    def __init__(self, job: Augmentation, device: str) -> None:
        """Open the store and the graph. Raises DataError as the job's methods do."""
        self._job, self._device = job, device
        self._store = job.open_store()
        # One image has no neighbours.
        self._graph = job.open_graph(self._store) if self._store.n > 1 else None

    def vectors(self, rows: range) -> Floats:
        """Return the new vectors of some rows (m, d), each of length 1.

        Memory: 256 MB of neighbours' vectors, and one block of the store.
        """
        nearest = self._nearest(rows)
        step = max(1, MOST_VALUES // max(1, nearest.shape[1] * self._store.dimension))
        made = [
            self._augmented(rows[first : first + step], nearest[first : first + step])
            for first in range(0, len(rows), step)
        ]
        return np.concatenate(made)

    def _nearest(self, rows: range) -> Rows:
        """Return the nearest other rows (m, top), -1 = none."""
        if self._graph:
            return self._graph.read(slice(rows.start, rows.stop))[0]
        vectors = self._store.read(slice(rows.start, rows.stop))
        own = np.asarray(rows)
        _, nearest = topk_of_others(vectors, self._store, self._job.top, own, self._device)
        return nearest

    def _augmented(self, rows: range, nearest: Rows) -> Floats:
        vectors = self._store.read(slice(rows.start, rows.stop))
        neighbours = vectors_of(self._store, nearest)
        similarities = similarities_of(vectors, neighbours)
        weights = weights_of(similarities, self._job.alpha, partial(self._name, rows))
        return expand(vectors, neighbours, weights)

    def _name(self, rows: range, place: int) -> str:
        return f"{self._store.path}: row {rows[place]} (id {self._store.ids[rows[place]]!r})"
