"""Scores that are added to inner products before the best are chosen."""

from collections.abc import Callable
from dataclasses import dataclass

from gld_shared.search.blocks import Doubles, Floats, Rows


@dataclass(frozen=True)
class Bonus:
    """The same added score in two forms, one fast and one exact.

    ``of_block`` takes query rows (m,), and the first and last index row of a block, and returns
    (m, b) float32. ``of_pairs`` takes query rows (p,) and index rows (p,), and returns (p,)
    float64.
    """

    of_block: Callable[[Rows, int, int], Floats]
    of_pairs: Callable[[Rows, Rows], Doubles]
