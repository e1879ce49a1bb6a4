"""PCA and LDA whitening, learned from the vectors of a store.

The covariance of finite data errs most in its small eigenvalues, by whose inverses whitening
multiplies. Shrinkage draws them to their mean, by default as far as Ledoit and Wolf estimate;
with a shrinkage of 1 both methods are PCA without whitening.

The same store gives the same bytes on the same machine; another's BLAS may change last digits.
Memory: a few d x d matrices of float64, and one block of vectors (for LDA, and a landmark's).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gld_shared.errors import DataError
from gld_shared.store import EmbeddingStore

from gld_train.whitening.covariance import Covariance, Doubles, Rows, Scatter
from gld_train.whitening.vectors import blocks, class_blocks, unit_vectors

log = logging.getLogger(__name__)
Advance = Callable[[int], object]


@dataclass(frozen=True)
class Whitening:
    """An affine map of unit vectors: ``weight`` (dim, d) and ``bias`` (dim,), float64.

    ``method`` is ``pca`` or ``lda``, ``shrinkage`` the one that was used.
    """

    weight: Doubles
    bias: Doubles
    method: str
    shrinkage: float


def learn_pca(
    store: EmbeddingStore,
    dim: int | None = None,
    shrinkage: float | None = None,
    advance: Advance = lambda _: None,
) -> Whitening:
    """Whitening to ``dim`` principal components, each divided by its standard deviation.

    Reads the store twice. Raises DataError when the vectors span fewer dimensions than ``dim``,
    which cannot be with shrinkage. Source: Jegou and Chum, Negative evidences and
    co-occurrences in image retrieval: the benefit of PCA and whitening, 2012.
    """
    dim = _checked(dim, store)
    if store.n < 2:
        raise DataError(f"{store.path}: {store.n} vectors; whitening needs at least 2")
    mean, covariance = _mean_and_covariance(store, advance)
    shrinkage = _used(shrinkage, covariance)
    values, vectors = covariance.eigen(shrinkage)
    rank = _rank(values)
    if rank < dim:
        raise DataError(
            f"{store.path}: its {store.n} vectors span {rank} dimensions, expected the {dim} of "
            "--dim; lower it, give more images, or a --shrinkage above 0"
        )
    _warn_of_chance(store, store.n, dim)
    kept = slice(-1, -dim - 1, -1)
    weight = vectors[:, kept].T / np.sqrt(values[kept])[:, None]
    return _whitening(weight, mean, "pca", shrinkage)


def learn_lda(
    store: EmbeddingStore,
    labels: Rows,
    dim: int | None = None,
    shrinkage: float | None = None,
    advance: Advance = lambda _: None,
) -> Whitening:
    """Whitening of the differences within landmarks, then PCA of all that is left.

    ``labels`` (n,) are those of the store's rows, -1 = none: such rows are passed over. The
    covariance within landmarks is what is whitened, and shrunk; kept are the ``dim`` directions
    in which all images then vary most. The first are LDA's; the total covariance, and not that
    of the landmarks' means, gives an order to those after them as well.

    Reads the store once. Raises DataError when no label has two images, and without shrinkage
    when the differences do not span all dimensions. Sources: Mikolajczyk and Matas, Improving
    descriptors for fast tree matching by optimal linear projection, 2007; Radenovic et al.,
    Fine-tuning CNN image retrieval with no human annotation, 2018.
    """
    dim = _checked(dim, store)
    mean, within, total = _within_and_total(store, labels, advance)
    shrinkage = _used(shrinkage, within)
    values, vectors = within.eigen(shrinkage)
    rank = _rank(values)
    if rank < store.dimension:
        raise DataError(
            f"{store.path}: the differences within its labels span {rank} of {store.dimension} "
            "dimensions; give more images, or a --shrinkage above 0"
        )
    _warn_of_chance(store, int((labels >= 0).sum()), dim)
    whiten = (vectors / np.sqrt(values)) @ vectors.T
    rotate = np.linalg.eigh(whiten @ total @ whiten)[1].T[: -dim - 1 : -1]
    return _whitening(rotate @ whiten, mean, "lda", shrinkage)


def _checked(dim: int | None, store: EmbeddingStore) -> int:
    if dim is not None and dim > store.dimension:
        raise DataError(
            f"{store.path}: its vectors have {store.dimension} values, and --dim is {dim}; "
            "expected no more"
        )
    return store.dimension if dim is None else dim


def _warn_of_chance(store: EmbeddingStore, images: int, dim: int) -> None:
    """With shrinkage ``dim`` may be more than the images span: nothing tells the others apart."""
    if images <= dim < store.dimension:
        log.warning(
            "%s: %d images span at most %d dimensions; which others are kept of %d is chance",
            store.path, images, images - 1, store.dimension,
        )  # fmt: skip


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


def _within_and_total(
    store: EmbeddingStore, labels: Rows, advance: Advance
) -> tuple[Doubles, Covariance, Doubles]:
    """The mean (d,), the covariance within labels, and that of all labelled rows (d, d)."""
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


def _used(shrinkage: float | None, covariance: Covariance) -> float:
    return covariance.ledoit_wolf() if shrinkage is None else shrinkage


def _rank(values: Doubles) -> int:
    """How many of the eigenvalues, rising, are more than rounding errors of vectors of length 1."""
    epsilon = np.finfo(np.float64).eps
    return int(np.count_nonzero(values > len(values) * epsilon * max(values[-1], epsilon)))


def _whitening(weight: Doubles, mean: Doubles, method: str, shrinkage: float) -> Whitening:
    """The map of vectors less their mean; each row's largest value is positive, to fix its sign."""
    largest = np.take_along_axis(weight, np.abs(weight).argmax(axis=1)[:, None], axis=1)
    weight = weight * np.sign(largest)
    log.info("%s whitening to %d of %d values, shrinkage %.4f", method, *weight.shape, shrinkage)
    return Whitening(weight, -(weight @ mean), method, shrinkage)
