"""The result of whitening, an affine map, and the checks that PCA and LDA share."""

import logging
from dataclasses import dataclass

import numpy as np
from gld_shared.errors import DataError
from gld_shared.store import EmbeddingStore

from gld_train.whitening.covariance import Covariance, Doubles

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Whitening:
    """An affine map of unit vectors: ``weight`` (dim, d) and ``bias`` (dim,), float64.

    ``method`` is ``pca`` or ``lda``, ``shrinkage`` the value that was used.
    """

    weight: Doubles
    bias: Doubles
    method: str
    shrinkage: float


def make_whitening(weight: Doubles, mean: Doubles, method: str, shrinkage: float) -> Whitening:
    """Subtract the mean, then apply ``weight``; each row's largest value is made positive."""
    largest = np.take_along_axis(weight, np.abs(weight).argmax(axis=1)[:, None], axis=1)
    weight = weight * np.sign(largest)
    log.info("%s whitening to %d of %d values, shrinkage %.4f", method, *weight.shape, shrinkage)
    return Whitening(weight, -(weight @ mean), method, shrinkage)


def checked_dimension(dim: int | None, store: EmbeddingStore) -> int:
    """Return the dimension after whitening. Raises DataError when it exceeds the store's."""
    if dim is not None and dim > store.dimension:
        raise DataError(
            f"{store.path}: its vectors have {store.dimension} values, and --dim is {dim}; "
            "expected no more"
        )
    return store.dimension if dim is None else dim


def used_shrinkage(shrinkage: float | None, covariance: Covariance) -> float:
    """Return the given shrinkage, or else Ledoit and Wolf's estimate."""
    return covariance.ledoit_wolf() if shrinkage is None else shrinkage


def numerical_rank(values: Doubles) -> int:
    """Count the eigenvalues, ascending, above the rounding errors of unit vectors."""
    epsilon = np.finfo(np.float64).eps
    return int(np.count_nonzero(values > len(values) * epsilon * max(values[-1], epsilon)))


def warn_of_arbitrary_dimensions(store: EmbeddingStore, images: int, dim: int) -> None:
    """Warn when ``dim`` exceeds the dimensions that the images span, possible with shrinkage."""
    if images <= dim < store.dimension:
        log.warning(
            "%s: %d images span at most %d dimensions; which others are kept of %d is chance",
            store.path, images, images - 1, store.dimension,
        )  # fmt: skip
