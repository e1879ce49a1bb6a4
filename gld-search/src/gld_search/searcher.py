"""A store held open for many searches."""

import numpy as np
import numpy.typing as npt
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore


class Searcher:
    """The exact search of one store, mapped once; any number of threads may call the methods."""

    def __init__(self, store: EmbeddingStore, device: str = "cpu") -> None:
        """Keep the store; ``device`` is cpu, cuda or cuda:N."""
        self._store = store
        self._device = device

    def search(self, vectors: Floats, k: int) -> tuple[Floats, Rows]:
        """Return the k nearest rows of the store to each vector (q, d).

        Scores (q, m) float32, descending, and rows (q, m) int64, with m = min(k, n); equal scores
        are in row order. Raises ValueError for another shape and for values that are not finite,
        DataError for a damaged store. Memory: see ``gld_shared.search.topk.topk``.
        """
        return topk(vectors, self._store, k, self._device)

    def ids(self, rows: Rows) -> npt.NDArray[np.str_]:
        """Return the ids of rows of the store, in an array of the same shape."""
        return self._store.ids.take(rows.ravel()).to_numpy().astype(np.str_).reshape(rows.shape)
