"""PCA whitening, learned from the vectors of a store.

The covariance of finite data has its largest errors in the small eigenvalues, by whose inverses
whitening multiplies. Shrinkage moves the eigenvalues towards their mean, by default as far as
Ledoit and Wolf estimate; a shrinkage of 1 leaves PCA without whitening.

The same store gives the same bytes on the same machine; another BLAS may change the last digits.
Memory: a few d x d matrices of float64, and one block of vectors.
"""

import numpy as np
from gld_shared.errors import DataError
from gld_shared.progress import Advance, silent
from gld_shared.store import EmbeddingStore

from gld_train.whitening.covariance import Covariance, Doubles, Scatter
from gld_train.whitening.unit_vectors import blocks, unit_vectors
from gld_train.whitening.whitening import (
    Whitening,
    checked_dimension,
    make_whitening,
    numerical_rank,
    used_shrinkage,
    warn_of_arbitrary_dimensions,
)


def learn_pca(
    store: EmbeddingStore,
    dim: int | None = None,
    shrinkage: float | None = None,
    advance: Advance = silent,
) -> Whitening:
    """Whiten to ``dim`` principal components, each divided by its standard deviation.

    Reads the store twice. Raises DataError when the vectors span fewer dimensions than ``dim``,
    which cannot happen with shrinkage. Source: Jegou and Chum, Negative evidences and
    co-occurrences in image retrieval: the benefit of PCA and whitening, 2012.
    """
    dim = checked_dimension(dim, store)
    if store.n < 2:
        raise DataError(f"{store.path}: {store.n} vectors; whitening needs at least 2")
    mean, covariance = _mean_and_covariance(store, advance)
    shrinkage = used_shrinkage(shrinkage, covariance)
    values, vectors = covariance.eigen(shrinkage)
    rank = numerical_rank(values)
    if rank < dim:
        raise DataError(
            f"{store.path}: its {store.n} vectors span {rank} dimensions, expected the {dim} of "
            "--dim; lower it, give more images, or a --shrinkage above 0"
        )
    warn_of_arbitrary_dimensions(store, store.n, dim)
    kept = slice(-1, -dim - 1, -1)
    weight = vectors[:, kept].T / np.sqrt(values[kept])[:, None]
    return make_whitening(weight, mean, "pca", shrinkage)


def _mean_and_covariance(store: EmbeddingStore, advance: Advance) -> tuple[Doubles, Covariance]:
    everything = np.arange(store.n)
    mean = np.zeros(store.dimension)
    for rows in blocks(everything):
        mean += unit_vectors(store, rows).sum(axis=0) / store.n
        advance(len(rows))
    scatter = Scatter(store.dimension)
    for rows in blocks(everything):
        scatter.add(unit_vectors(store, rows) - mean, np.full(len(rows), store.n))
        advance(len(rows))
    return mean, scatter.covariance(store.n - 1)
