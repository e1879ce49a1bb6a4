"""Several stores of the same images, side by side, as search and rerank read them."""

from collections.abc import Sequence

import numpy as np

from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.some_rows import SomeRows
from gld_shared.search.stored_rows import StoredRows, stored_rows
from gld_shared.store.comparable import check_comparable
from gld_shared.store.parts import AnyStore
from gld_shared.store.same_lengths import expect_same_lengths

_LEAST, _MOST = 1e-6, 1e6


def check_ensemble(queries: Sequence[AnyStore], index: Sequence[AnyStore]) -> None:
    """Raise DataError for an empty index, or stores that may not be compared.

    Their vectors are expected to have the same lengths: see ``expect_same_lengths``.
    """
    if len(queries) != len(index):
        raise DataError(
            f"{counted(len(queries), 'query store')} and {counted(len(index), 'index store')}; an "
            "ensemble needs one --index for each query store, in the same order; name the parts of "
            "an index in quotes, such as --index 'parts/{000..099}.zarr'"
        )
    for query_store, index_store in zip(queries, index, strict=True):
        check_comparable(query_store, index_store)
        expect_same_lengths([query_store, index_store])
    for store in index:
        if store.n == 0:
            raise DataError(
                f"{store.path}: holds no images; expected an index to search; make it with "
                "gld-embed from a list of images"
            )


def check_weights(weights: Sequence[float], stores: int) -> None:
    """Raise DataError unless there is a weight for each query store, and one that is not 0.

    Weights that are far from 1 are refused too: their sums would leave the range of float32.
    """
    if len(weights) != stores:
        raise DataError(
            f"{counted(len(weights), 'weight')} and {counted(stores, 'query store')}; an ensemble "
            "needs one --weight for each query store, in the same order"
        )
    # Written so that NaN is wrong too.
    wrong = next((each for each in weights if each and not _LEAST <= abs(each) <= _MOST), None)
    if wrong is not None:
        raise DataError(
            f"the weight {wrong:g} is out of range; expected 0, or {_LEAST:g} to {_MOST:g}"
        )
    if not any(weights):
        raise DataError("all weights are 0, so all scores would be; expected one that is not")


class Ensemble:
    """Stores of the same images side by side, as an ``Index``.

    The first store decides which images there are, and their order; the others may have more, in
    any order. The inner product of joined vectors is the sum of the networks' similarities.
    """

    def __init__(self, stores: Sequence[AnyStore]) -> None:
        """Match stores by id, at least one. Raises DataError naming an id that a store lacks.

        Memory: 8 bytes for each image and store with other ids than the first.
        """
        self.ids = stores[0].ids
        self.widths = [store.dimension for store in stores]
        self.members: list[Index] = [_in_order_of(stores[0], store) for store in stores]

    @property
    def n(self) -> int:
        """The number of images."""
        return self.members[0].n

    def read(self, rows: slice | Rows) -> Floats:
        """Read some rows of all stores side by side, (rows, sum of d)."""
        if len(self.members) == 1:
            return self.members[0].read(rows)
        return np.concatenate([member.read(rows) for member in self.members], axis=1)

    def stored(self, rows: Rows) -> list[StoredRows] | None:
        """Return rows of a single store, in rising order, as ``stored_rows`` does."""
        return stored_rows(self.members[0], rows) if len(self.members) == 1 else None

    def weigh(self, vectors: Floats, weights: Sequence[float]) -> Floats | Doubles:
        """Scale each network's part of joined vectors (m, sum of d) by its weight, in float64.

        Their inner products are weighted sums of similarities. Weights of 1 change nothing.
        """
        if all(weight == 1 for weight in weights):
            return vectors
        return vectors * np.repeat(np.asarray(weights, np.float64), self.widths)


def _in_order_of(first: AnyStore, store: AnyStore) -> Index:
    """Return the images of the first store in another store, in the first one's order."""
    if store.ids.equals(first.ids):
        return store
    rows = store.ids.rows_of(first.ids)
    if (rows < 0).any():
        missing, count = first.ids[int(np.argmax(rows < 0))], np.count_nonzero(rows < 0)
        raise DataError(
            f"{store.path}: lacks {missing!r}, which {first.path} holds ({count:,} such); "
            "an ensemble's stores hold all images of the first one; embed them with each network"
        )
    return SomeRows(store, rows)
