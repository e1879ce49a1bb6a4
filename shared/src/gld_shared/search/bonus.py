"""Scores that are added to inner products before the best are chosen."""

from collections.abc import Callable
from dataclasses import dataclass

from gld_shared.search.blocks import Doubles, Floats, Rows


@dataclass(frozen=True)
class Bonus:
    """The same added score in two forms, one fast and one exact.

    ``add_to`` takes products (m, b) float32, their query rows (m,) and the first index row of the
    block, adds the scores in place, and returns the most additions to a product, and the largest
    sum of absolute values that are added to one. ``of_pairs`` takes query rows (p,) and index
    rows (p,), and returns (p,) float64.
    """

    add_to: Callable[[Floats, Rows, int], tuple[int, float]]
    of_pairs: Callable[[Rows, Rows], Doubles]
