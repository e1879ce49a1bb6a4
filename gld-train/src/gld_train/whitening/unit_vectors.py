"""The vectors of a store in blocks, with unit length."""

from collections.abc import Iterator

import numpy as np
from gld_shared.store import EmbeddingStore

from gld_train.whitening.covariance import Doubles, Rows

BLOCK_ROWS = 4096  # 64 MB of float64 at 2,048 values


def unit_vectors(store: EmbeddingStore, rows: Rows) -> Doubles:
    """Read rows as float64 vectors (b, d) of unit length, which float16 rounds.

    Raises DataError naming an image whose vector is zero or not finite.
    """
    vectors = store.read(rows).astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= lengths[:, None]
    return vectors


def blocks(rows: Rows) -> Iterator[Rows]:
    """Split rows into blocks of ``BLOCK_ROWS``."""
    for start in range(0, len(rows), BLOCK_ROWS):
        yield rows[start : start + BLOCK_ROWS]


def class_blocks(labels: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield blocks of whole classes with at least ``BLOCK_ROWS`` rows: (rows, class sizes).

    ``labels`` (n,) are those of all rows, -1 = none. A block has fewer than ``BLOCK_ROWS`` rows
    without its last class.
    """
    order = np.argsort(labels, kind="stable")
    order = order[np.count_nonzero(labels < 0) :]
    sizes = np.unique(labels[order], return_counts=True)[1]
    ends = np.cumsum(sizes)
    first = start = 0
    for last, end in enumerate(ends):
        if end - start >= BLOCK_ROWS or end == len(order):
            yield order[start:end], sizes[first : last + 1]
            first, start = last + 1, end
