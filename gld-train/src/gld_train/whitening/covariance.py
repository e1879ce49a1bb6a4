"""A covariance summed up block by block, and its shrinkage."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Covariance:
    """An unbiased covariance ``matrix`` (d, d), of ``degrees`` degrees of freedom.

    ``fourth`` is the mean fourth power of a deviation's length.
    """

    matrix: Doubles
    degrees: int
    fourth: float

    @property
    def mean_variance(self) -> float:
        """The variance of a dimension, on the average."""
        return float(np.trace(self.matrix)) / len(self.matrix)

    def ledoit_wolf(self) -> float:
        """The share of the identity that brings the covariance nearest to the true one, 0 to 1.

        Source: Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance
        matrices, 2004, section 3.2: the estimated error of the matrix, over its distance from
        the multiple of the identity that it is drawn to.
        """
        squares = float(np.square(self.matrix).sum())
        distance = squares - len(self.matrix) * self.mean_variance**2
        error = (self.fourth - squares) / self.degrees
        # Of two images the error is 0 but for rounding.
        return min(1.0, max(0.0, error / distance)) if distance > 0 else 0.0

    def eigen(self, shrinkage: float) -> tuple[Doubles, Doubles]:
        """Eigenvalues, rising and drawn to their mean, (d,), and eigenvectors in columns (d, d).

        They are those of the matrix drawn to a multiple of the identity of the same trace; at 1,
        where any vector would be one of that, the eigenvectors and their order are still its own.
        """
        values, vectors = np.linalg.eigh(self.matrix)
        return (1 - shrinkage) * values + shrinkage * self.mean_variance, vectors


class Scatter:
    """Squares and products of deviations from the means of groups, summed up in float64.

    Memory: one d x d matrix and the block at hand.
    """

    def __init__(self, dimension: int) -> None:
        """Begin with nothing."""
        self._sum = np.zeros((dimension, dimension))
        self._fourth = 0.0

    def add(self, deviations: Doubles, group_sizes: Rows) -> None:
        """Take in deviations (b, d) of rows whose groups have so many rows each, (b,).

        A group of n has n - 1 degrees of freedom, so its deviations are too short: their squares
        by (n - 1) / n. The sum of squares is divided by the degrees, the fourth powers need more.
        """
        self._sum += deviations.T @ deviations
        lengths = np.einsum("ij,ij->i", deviations, deviations)
        self._fourth += float((lengths**2 * group_sizes / np.maximum(group_sizes - 1, 1)).sum())

    def covariance(self, degrees: int) -> Covariance:
        """The covariance of all that was taken in."""
        return Covariance(self._sum / degrees, degrees, self._fourth / degrees)
