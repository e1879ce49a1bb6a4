"""A store held open for many searches."""

import numpy as np
import numpy.typing as npt
from gld_shared.devices import choose_device
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.topk import topk
from gld_shared.store.parts import AnyStore

from gld_search.arguments import check_k, check_rows, check_store, checked_vectors


class Searcher:
    """The exact search of one store, mapped once; any number of threads may call the methods."""

    def __init__(self, store: AnyStore, device: str = "cpu") -> None:
        """Keep the store, perhaps of several parts; ``device`` is auto, cpu, cuda or cuda:N.

        Raises DataError for another device, or one that this machine lacks.
        """
        check_store("store", store)
        self._store = store
        self._device = choose_device(device, "device")

    def search(self, vectors: Floats | Doubles, k: int) -> tuple[Floats, Rows]:
        """Return the k nearest rows of the store to each vector (q, d).

        Scores (q, m) float32, descending, and rows (q, m) int64, with m = min(k, n); equal scores
        are in row order. A score is the inner product, so the length of a vector scales its scores
        and changes no rank. Raises DataError naming the argument for vectors of another type or
        shape, for a row that is not finite or has no length from 1e-15 to 1e15, for a ``k`` below
        1, and for a damaged store. Memory: see ``gld_shared.search.topk.topk``.
        """
        check_k(k)
        checked = checked_vectors(vectors, self._store.dimension, self._store.path)
        return topk(checked, self._store, int(k), self._device)

    def ids(self, rows: Rows) -> npt.NDArray[np.str_]:
        """Return the ids of rows of the store, in an array of the same shape.

        Raises DataError for rows that the store does not have.
        """
        check_rows(rows, self._store.n)
        ids = self._store.ids.take(rows.ravel().astype(np.int64, copy=False))
        return ids.to_numpy().astype(np.str_).reshape(rows.shape)
