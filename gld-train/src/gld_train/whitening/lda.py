"""LDA whitening, learned from the vectors of a store and their labels.

Shrinkage and reproducibility are as for PCA. Memory: a few d x d matrices of float64, one block of
vectors, and the vectors of the largest landmark.
"""

import numpy as np
from gld_shared.errors import DataError
from gld_shared.progress import Advance, silent
from gld_shared.store import EmbeddingStore

from gld_train.whitening.covariance import Covariance, Doubles, Rows, Scatter
from gld_train.whitening.unit_vectors import class_blocks, unit_vectors
from gld_train.whitening.whitening import (
    Whitening,
    checked_dimension,
    make_whitening,
    numerical_rank,
    used_shrinkage,
    warn_of_arbitrary_dimensions,
)


def learn_lda(
    store: EmbeddingStore,
    labels: Rows,
    dim: int | None = None,
    shrinkage: float | None = None,
    advance: Advance = silent,
) -> Whitening:
    """Whiten the differences within landmarks, then apply PCA to the whitened vectors.

    ``labels`` (n,) are those of the store's rows; rows with the label -1 have none and are skipped.
    The covariance within landmarks is shrunk and whitened; then the ``dim`` directions are kept in
    which all images vary most. The first of them are LDA's. The covariance of the landmarks' means
    would rank only those; the total covariance ranks all directions.

    Reads the store once. Raises DataError when no label has two images, and without shrinkage
    when the differences do not span all dimensions. Sources: Mikolajczyk and Matas, Improving
    descriptors for fast tree matching by optimal linear projection, 2007; Radenovic et al.,
    Fine-tuning CNN image retrieval with no human annotation, 2018.
    """
    dim = checked_dimension(dim, store)
    mean, within, total = _within_and_total(store, labels, advance)
    shrinkage = used_shrinkage(shrinkage, within)
    values, vectors = within.eigen(shrinkage)
    rank = numerical_rank(values)
    if rank < store.dimension:
        raise DataError(
            f"{store.path}: the differences within its labels span {rank} of {store.dimension} "
            "dimensions; give more images, or a --shrinkage above 0"
        )
    warn_of_arbitrary_dimensions(store, int((labels >= 0).sum()), dim)
    whiten = (vectors / np.sqrt(values)) @ vectors.T
    rotate = np.linalg.eigh(whiten @ total @ whiten)[1].T[: -dim - 1 : -1]
    return make_whitening(rotate @ whiten, mean, "lda", shrinkage)


def _within_and_total(
    store: EmbeddingStore, labels: Rows, advance: Advance
) -> tuple[Doubles, Covariance, Doubles]:
    """Return the mean (d,) and covariance (d, d) of all labelled rows, and that within labels."""
    scatter = Scatter(store.dimension)
    first, second = np.zeros(store.dimension), np.zeros((store.dimension, store.dimension))
    images = landmarks = 0
    for rows, sizes in class_blocks(labels):
        vectors = unit_vectors(store, rows)
        first += vectors.sum(axis=0)
        second += vectors.T @ vectors
        means = np.add.reduceat(vectors, np.cumsum(sizes) - sizes) / sizes[:, None]
        scatter.add(vectors - np.repeat(means, sizes, axis=0), np.repeat(sizes, sizes))
        images, landmarks = images + len(rows), landmarks + len(sizes)
        advance(len(rows))
    if images == landmarks:
        raise DataError(
            f"{store.path}: none of the {landmarks} labels has two images; "
            "LDA whitening is learned from the differences within a label"
        )
    mean = first / images
    return mean, scatter.covariance(images - landmarks), second / images - np.outer(mean, mean)
