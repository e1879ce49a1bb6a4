"""Bounds on the rounding errors of computed scores."""

import numpy as np

from gld_shared.search.blocks import Doubles, Floats


def product_error(queries: Floats, block: Floats) -> Doubles:
    """Bound the error of float32 products with a block, (q,), as ``product_bound`` does."""
    longest = lengths_of(block).max(initial=0)
    return product_bound(lengths_of(queries), float(longest), queries.shape[1])


def product_bound(lengths: Doubles, longest: float, dimension: int) -> Doubles:
    """Bound the error of float32 products, (q,), for any order of summation.

    ``lengths`` (q,) are those of the queries, ``longest`` that of the longest vector of a block.
    Higham, Accuracy and Stability of Numerical Algorithms, 3.1: d u |q| |x| with u = 2^-24. The
    bound is twice that, for the rounding of the exact score and for products below float32's
    smallest normal number. Raises ValueError for vectors that have no bound: with NaN, every
    comparison fails, and the result would lack rows.
    """
    bound: Doubles = (dimension + 4) * 2.0**-23 * lengths * longest + 1e-30
    if not np.isfinite(bound).all():
        raise ValueError("a vector is not finite, or too long for float32 products")
    return bound


def lengths_of(vectors: Floats) -> Doubles:
    """Compute lengths, (n,); infinite or NaN where float32 cannot hold the square."""
    lengths: Doubles = np.sqrt(np.einsum("ij,ij->i", vectors, vectors), dtype=np.float64)
    return lengths


def sum_error(added: Floats) -> float:
    """Bound the error of adding ``added`` to products of unit vectors in float32.

    The sum is rounded by half a unit in its last place, and may exceed 1.
    """
    return float(1e-6 * (1 + np.abs(added).max(initial=0)))
