"""Bounds on the rounding errors of computed scores."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Doubles, Floats
from gld_shared.search.bonus import Added

_SMALLEST_NORMAL = 2.0**-126
# No product of vectors may be larger: half of what float32 holds, since sums are rounded.
_LARGEST = 2.0**127
_TOO_LONG = "a vector is not finite, or too long for float32 products"
# For the rounding of the bounds themselves.
_SLACK = 1.001


@dataclass(frozen=True)
class ProductErrors:
    """The errors of products of queries with vectors, in float32 or with all vectors rounded.

    ``lengths`` (q,) are those of the queries. ``unit`` is what rounding changes at most, u, as a
    share of a vector's length: 2^-8 in bfloat16, and 0 in float32, where vectors are exact.
    ``rounding`` (q,) are the lengths of the differences between queries q and rounded queries q'.
    ``product_unit`` is the unit roundoff w of the products: 2^-8 in bfloat16, else 0.

    A vector x is rounded to x' with |x - x'| <= u |x|. So q'x' differs from qx by at most
    |q - q'| |x| + |q'| u |x|. The sum in float32 adds ``product_bound``, and its rounding to a
    product v at most w |v| / (1 - w). Processors may take numbers below the smallest normal one for
    0, an error of at most that number in each value.
    """

    lengths: Doubles
    dimension: int
    unit: float
    rounding: Doubles
    product_unit: float = 0.0

    def of_queries(self, part: slice) -> "ProductErrors":
        """Return the errors of some of the queries."""
        return replace(self, lengths=self.lengths[part], rounding=self.rounding[part])

    def check_dimension(self, vectors: npt.NDArray[Any]) -> None:
        """Raise ValueError unless vectors (b, d) have the queries' dimension."""
        if vectors.shape[1] != self.dimension:
            raise ValueError(f"block has dimension {vectors.shape[1]}, queries {self.dimension}")

    def bound(self, longest: float) -> Doubles:
        """Bound the errors, (q,), except the share of v; no vector is longer than ``longest``.

        Raises ValueError for vectors that have no bound.
        """
        wider = 1 + self.unit
        of_sums = product_bound(self.lengths * wider, longest * wider, self.dimension)
        # Float64 queries may be finite, but not in float32.
        if not np.isfinite(self.rounding).all():
            raise ValueError(_TOO_LONG)
        of_inputs = longest * (self.rounding + self.unit * (self.lengths + self.rounding))
        tiny = _SMALLEST_NORMAL * np.sqrt(self.dimension) * (self.lengths + longest)
        bound: Doubles = _SLACK * (of_inputs + of_sums + 4 * tiny)
        return bound

    def least_products(self, values: Doubles, bound: Doubles) -> Doubles:
        """Return the least products whose exact values may reach ``values``, given ``bound``."""
        least = values - bound
        return least / np.where(least > 0, 1 + self._share, 1 - self._share)

    def least_values(self, products: Doubles, bound: Doubles) -> Doubles:
        """Return what the exact values of ``products`` reach at least."""
        least: Doubles = products - bound - self._share * np.abs(products)
        return least

    def bound_of_sums(self, added: Added, part: slice, longest: float) -> float:
        """Bound the errors that ``added`` makes to products of some queries.

        The products were rounded before, with an error of at most their share, which counts here.
        The rounding of the sum does not: ``least_products`` allows for it. No vector is longer than
        ``longest``.
        """
        # Rounded vectors are longer, and so is their product.
        products = longest * float(self.lengths[part].max()) * (1 + self.unit) ** 3
        of_sums = sum_error(added.additions, added.largest_sum + products)
        return of_sums + self._share * added.largest_product

    @property
    def _share(self) -> float:
        return _SLACK * self.product_unit / (1 - self.product_unit)


def product_bound(lengths: Doubles, longest: float, dimension: int) -> Doubles:
    """Bound the error of float32 products, (q,), for any order of summation.

    ``lengths`` (q,) are those of the queries, ``longest`` that of the longest vector of a block.
    Higham, Accuracy and Stability of Numerical Algorithms, 3.1: d u |q| |x| with u = 2^-24. The
    bound is twice that, for the rounding of the exact score and for products below float32's
    smallest normal number. Raises ValueError for vectors that have no bound: with NaN, every
    comparison fails, and the result would lack rows. So would it if a product or a score were
    infinite in float32, which none is if lengths are far enough from its limit.
    """
    largest = lengths * longest
    if not (largest < _LARGEST).all():
        raise ValueError(_TOO_LONG)
    bound: Doubles = (dimension + 4) * 2.0**-23 * largest + 1e-30
    return bound


def lengths_of(vectors: Floats | Doubles) -> Doubles:
    """Compute upper bounds of lengths, (n,); infinite or NaN if float32 cannot hold the square."""
    squares = np.einsum("ij,ij->i", vectors, vectors).astype(np.float64)
    return length_bounds(squares, vectors.shape[1])


def length_bounds(squares: Doubles, dimension: int) -> Doubles:
    """Return the same for squares (n,) that are summed in float32, or better."""
    # A square below the smallest normal number may be 0.
    lengths: Doubles = 1.001 * np.sqrt(squares + dimension * _SMALLEST_NORMAL)
    return lengths


def sum_error(additions: int, largest: float) -> float:
    """Bound the error of adding as many float64 numbers to a product in float32.

    ``largest`` bounds all sums. Each number and each sum is rounded by half a unit in its last
    place, and so is the exact score.
    """
    return _SLACK * 2 * (additions + 1) * 2.0**-24 * largest
