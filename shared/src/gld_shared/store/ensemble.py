"""Several stores of the same images, side by side, as search and rerank read them."""

from collections.abc import Sequence

import numpy as np

from gld_shared.errors import DataError
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.comparable import check_comparable
from gld_shared.store.reader import EmbeddingStore


def check_ensemble(queries: Sequence[EmbeddingStore], index: Sequence[EmbeddingStore]) -> None:
    """Raise DataError for an empty index, or stores that do not match the others."""
    if len(queries) != len(index):
        raise DataError(
            f"{len(queries)} query stores and {len(index)} index stores; an ensemble needs one "
            "--index for each query store, in the same order"
        )
    for query_store, index_store in zip(queries, index, strict=True):
        check_comparable(query_store, index_store)
    for store in index:
        if store.n == 0:
            raise DataError(f"{store.path}: holds no images; expected an index to search")
    for side in (queries, index):
        for other in side[1:]:
            if not other.ids.equals(side[0].ids):
                raise DataError(
                    f"{other.path}: holds other ids than {side[0].path}, or in another order; "
                    "an ensemble's stores are made from the same list"
                )


class Ensemble:
    """Stores of the same images side by side, as an ``Index``.

    The inner product of joined vectors is the sum of the networks' similarities.
    """

    def __init__(self, stores: Sequence[EmbeddingStore]) -> None:
        """Keep stores that ``check_ensemble`` accepts."""
        self._stores = stores

    @property
    def n(self) -> int:
        """The number of images."""
        return self._stores[0].n

    def read(self, rows: slice | Rows) -> Floats:
        """Read some rows of all stores side by side, (rows, sum of d)."""
        if len(self._stores) == 1:
            return self._stores[0].read(rows)
        return np.concatenate([store.read(rows) for store in self._stores], axis=1)
