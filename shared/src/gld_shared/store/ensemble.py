"""Several stores of the same images, side by side, as search and rerank read them."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.search.blocks import BLOCK_ROWS, Block, Floats
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
            if other.ids != side[0].ids:
                raise DataError(
                    f"{other.path}: holds other ids than {side[0].path}, or in another order; "
                    "an ensemble's stores are made from the same list"
                )


def joined(stores: Sequence[EmbeddingStore], rows: slice | npt.NDArray[np.int64]) -> Floats:
    """Read some rows of all stores side by side: their inner product is the sum of similarities."""
    if len(stores) == 1:
        return stores[0].read(rows)
    return np.concatenate([store.read(rows) for store in stores], axis=1)


def joined_blocks(stores: Sequence[EmbeddingStore]) -> Iterator[Block]:
    """Yield blocks of all stores side by side: first row, vectors (b, sum of d)."""
    for start in range(0, stores[0].n, BLOCK_ROWS):
        yield start, joined(stores, slice(start, min(start + BLOCK_ROWS, stores[0].n)))
