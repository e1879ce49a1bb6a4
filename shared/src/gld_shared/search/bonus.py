"""Scores that are added to inner products before the best are chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.keys import Keys


class Added(NamedTuple):
    """What was added to products: the most ``additions`` to one of them, and the largest values.

    ``largest_sum`` bounds the sum of the absolute values that are added to a product, and
    ``largest_product`` the absolute values of the products of bfloat16 that something is added to.
    """

    additions: int
    largest_sum: float
    largest_product: float = 0.0


@dataclass(frozen=True)
class Bonus:
    """The same added score in three forms: fast in float32, fast in bfloat16, and exact.

    ``add_to`` takes products (m, b) float32, their query rows (m,) and the first index row of the
    block, and adds the scores in place. ``add_to_bfloat16`` does so to the bits (m, b) int16 of
    products, and rounds each sum once. ``of_pairs`` takes query rows (p,) and index rows (p,), and
    returns (p,) float64.
    """

    add_to: Callable[[Floats, Rows, int], Added]
    add_to_bfloat16: Callable[[Keys, Rows, int], Added]
    of_pairs: Callable[[Rows, Rows], Doubles]

    def of_queries(self, queries: Rows) -> "Bonus":
        """Return the bonus of some query rows (m,), numbered from 0."""
        return Bonus(
            lambda products, rows, start: self.add_to(products, queries[rows], start),
            lambda bits, rows, start: self.add_to_bfloat16(bits, queries[rows], start),
            lambda rows, columns: self.of_pairs(queries[rows], columns),
        )
