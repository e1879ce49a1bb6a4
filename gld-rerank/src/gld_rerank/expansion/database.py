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
from gld_shared.neighbours.graph import Nearest, open_graph
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.own_images import topk_of_others
from gld_shared.store import StoreSpec, StoreWriter, open_store

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
    ``attributes`` are those of the new store.
    """

    store: str
    output: Path
    top: int
    alpha: float
    graph: str | None
    attributes: Mapping[str, Any]

    def begin(self) -> StoreWriter:
        """Begin or resume the new store; if it is finished, the writer's ``finished`` is true.

        Raises DataError if an earlier run had another store, graph or settings.
        """
        store = open_store(self.store)
        ids = store.ids.take(np.arange(store.n))
        spec = StoreSpec(ids, store.dimension, str(store.dtype), self.attributes)
        return StoreWriter.open(self.output, spec)


class Augmenter:
    """The vectors of an augmented store, some rows at a time."""

    def __init__(self, job: Augmentation, device: str) -> None:
        """Open the store and the graph. Raises DataError as ``open_graph`` does."""
        self._job, self._device = job, device
        self._store = open_store(job.store)
        self._graph: Nearest | None = None
        if job.graph is not None and self._store.n > 1:
            self._graph = open_graph(job.graph, self._store, job.top)

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
