"""A covariance accumulated block by block, and its shrinkage."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Covariance:
    """An unbiased covariance ``matrix`` (d, d), of ``degrees`` degrees of freedom.

    ``fourth`` is the mean fourth power of the deviations' lengths.
    """

    matrix: Doubles
    degrees: int
    fourth: float

    @property
    def mean_variance(self) -> float:
        """The mean variance of the dimensions."""
        return float(np.trace(self.matrix)) / len(self.matrix)

    def ledoit_wolf(self) -> float:
        """Estimate the shrinkage, 0 to 1, that brings the matrix closest to the true covariance.

        Source: Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance
        matrices, 2004, section 3.2: the estimated error of the matrix, divided by its distance
        from the multiple of the identity towards which it is shrunk.
        """
        squares = float(np.square(self.matrix).sum())
        distance = squares - len(self.matrix) * self.mean_variance**2
        error = (self.fourth - squares) / self.degrees
        # For two images the error is 0 up to rounding, and may be negative.
        return min(1.0, max(0.0, error / distance)) if distance > 0 else 0.0

    def eigen(self, shrinkage: float) -> tuple[Doubles, Doubles]:
        """Compute eigenvalues (d,), ascending, shrunk to their mean, and eigenvectors (d, d).

        The matrix is shrunk towards the multiple of the identity with the same trace, which keeps
        its eigenvectors; they are in columns. At a shrinkage of 1, where any vector is an
        eigenvector, they and their order are still those of the unshrunk matrix.
        """
        values, vectors = np.linalg.eigh(self.matrix)
        return (1 - shrinkage) * values + shrinkage * self.mean_variance, vectors


class Scatter:
    """Sums of squares and products of deviations from group means, in float64.

    Memory: one d x d matrix and the current block.
    """

    def __init__(self, dimension: int) -> None:
        """Start with zeros."""
        self._sum = np.zeros((dimension, dimension))
        self._fourth = 0.0

    def add(self, deviations: Doubles, group_sizes: Rows) -> None:
        """Add deviations (b, d) of rows whose groups have ``group_sizes`` rows, (b,).

        A group of n rows has n - 1 degrees of freedom, so the squares of its deviations are too
        small by a factor of (n - 1) / n. Dividing the sum by the degrees corrects the squares; the
        fourth powers need the factor twice, and get it a second time here.
        """
        self._sum += deviations.T @ deviations
        lengths = np.einsum("ij,ij->i", deviations, deviations)
        self._fourth += float((lengths**2 * group_sizes / np.maximum(group_sizes - 1, 1)).sum())

    def covariance(self, degrees: int) -> Covariance:
        """Return the covariance of all deviations added so far."""
        return Covariance(self._sum / degrees, degrees, self._fourth / degrees)
