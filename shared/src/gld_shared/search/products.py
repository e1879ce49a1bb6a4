"""Fast products of queries with blocks, whose errors have a bound: they nominate, others decide."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gld_shared.search.blocks import Doubles, Floats
from gld_shared.search.bonus import Bonus
from gld_shared.search.error_bounds import ProductErrors, lengths_of
from gld_shared.search.index import Index
from gld_shared.search.keys import Keys
from gld_shared.search.threads import cores


@dataclass(frozen=True)
class OfBlock:
    """The products of queries with a block of an index, no vector of which exceeds ``longest``.

    ``multiply`` writes the bits of some queries' products, (m, b). ``add_bonus`` adds their bonus,
    if there is one, and returns a bound on further errors.
    """

    longest: float
    multiply: Callable[[slice, Keys], None]
    add_bonus: Callable[[slice, Keys], float]


class Products(Protocol):
    """Products of queries, in one format of numbers."""

    errors: ProductErrors
    # The type of the keys, and the number of blocks to multiply at once.
    key_type: type[np.signedinteger[Any]]
    threads: int

    def of_block(self, index: Index, rows: slice) -> OfBlock:
        """Read a block, and return its products. Raises ValueError for another dimension."""


class Float32Products:
    """Products in float32 by numpy, or by torch on a GPU, to which a bonus may be added."""

    key_type: type[np.signedinteger[Any]] = np.int32

    def __init__(
        self, queries: Floats | Doubles, device: str = "cpu", bonus: Bonus | None = None
    ) -> None:
        """Keep queries (q, d), rounded to float32."""
        # Queries that have no bound are refused where it is computed.
        with np.errstate(over="ignore", invalid="ignore"):
            self._queries = queries.astype(np.float32, copy=False)
            rounding = lengths_of(queries - self._queries)
        self.errors = ProductErrors(lengths_of(queries), queries.shape[1], 0.0, rounding)
        self._device = device
        self.threads = cores() if device == "cpu" else 1
        self._bonus = bonus

    def of_block(self, index: Index, rows: slice) -> OfBlock:
        """See ``Products``."""
        vectors = index.read(rows)
        self.errors.check_dimension(vectors)
        longest = float(lengths_of(vectors).max())

        def multiply(part: slice, bits: Keys) -> None:
            self._multiply(self._queries[part], vectors, bits.view(np.float32))

        def add_bonus(part: slice, bits: Keys) -> float:
            if self._bonus is None:
                return 0.0
            of_queries = np.arange(len(self._queries))[part]
            added = self._bonus.add_to(bits.view(np.float32), of_queries, rows.start)
            return self.errors.bound_of_sums(added, part, longest)

        return OfBlock(longest, multiply, add_bonus)

    def _multiply(self, queries: Floats, vectors: Floats, products: Floats) -> None:
        if self._device == "cpu":
            np.matmul(queries, vectors.T, out=products)
            return
        import torch

        left, right = (torch.from_numpy(each).to(self._device) for each in (queries, vectors))
        products[:] = (left @ right.T).cpu().numpy()
