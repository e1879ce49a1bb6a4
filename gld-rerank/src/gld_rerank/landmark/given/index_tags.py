"""The reference that is nearest to each index image, from a search made before, or by one."""

import numpy as np
from gld_shared.neighbours import NONE, Nearest
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Rows
from gld_shared.search.index import Index
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore
from gld_shared.store.parts import AnyStore

from gld_rerank.landmark.given.labelled_lists import numbers_of
from gld_rerank.landmark.references import References

# Index rows that are searched for at once.
_ROWS = 8_192


def nearest_by_tags(
    tags: Nearest,
    index: AnyStore,
    order: Rows | None,
    store: EmbeddingStore,
    references: References,
    device: str,
) -> Rows:
    """Return the number of the reference that is nearest to each index image (n,), by its tags.

    ``order`` (n,) are the rows of the index that are wanted, by default all. Where the nearest one
    has no label, the nearest that has is searched for. Raises DataError as reading ``tags`` does.
    """
    nearest = tags.all()[0][:, 0]
    if order is not None:
        nearest = nearest[order]
    numbers = np.where(nearest == NONE, NONE, numbers_of(references, store.n)[nearest])
    missing = np.flatnonzero(numbers == NONE)
    rows = missing if order is None else order[missing]
    numbers[missing] = search_nearest(index, rows, references, device)
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
