"""Fast products of queries with blocks, whose errors have a bound: they nominate, others decide."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from gld_shared.search.blocks import Block, Doubles, Floats
from gld_shared.search.bonus import Bonus
from gld_shared.search.error_bounds import ProductErrors, lengths_of, sum_error
from gld_shared.search.keys import Keys

# From some of the queries to the bits of their products (m, b), and a bound on further errors.
OfBlock = Callable[[slice], tuple[Keys, float]]


class Products(Protocol):
    """Products of queries, in one format of numbers."""

    errors: ProductErrors
    # The type of the keys, and the number of blocks to multiply at once.
    key_type: type[np.signedinteger[Any]]
    threads: int

    def with_block(self, block: Block) -> OfBlock:
        """Return a function that computes the products of some queries with a block."""


class Float32Products:
    """Products in float32 by numpy, or by torch on a GPU, to which a bonus may be added."""

    key_type: type[np.signedinteger[Any]] = np.int32
    threads = 1  # BLAS has its own

    def __init__(
        self, queries: Floats | Doubles, device: str = "cpu", bonus: Bonus | None = None
    ) -> None:
        """Keep queries (q, d), rounded to float32."""
        # Queries that have no bound are refused where it is computed.
        with np.errstate(over="ignore", invalid="ignore"):
            self._queries = queries.astype(np.float32, copy=False)
            rounding = 1.001 * lengths_of(queries - self._queries)
        self.errors = ProductErrors(lengths_of(queries), queries.shape[1], 0.0, rounding)
        self._device = device
        self._bonus = bonus

    def with_block(self, block: Block) -> OfBlock:
        """See ``Products``."""
        start, vectors = block

        def of(part: slice) -> tuple[Keys, float]:
            products = self._multiply(self._queries[part], vectors)
            error = 0.0
            if self._bonus is not None:
                rows = np.arange(len(self._queries))[part]
                added = self._bonus.of_block(rows, start, start + len(vectors))
                products += added
                error = sum_error(added)
            return products.view(np.int32), error

        return of

    def _multiply(self, queries: Floats, vectors: Floats) -> Floats:
        if self._device == "cpu":
            products: Floats = queries @ vectors.T
            return products
        import torch

        left, right = (torch.from_numpy(each).to(self._device) for each in (queries, vectors))
        on_host: Floats = (left @ right.T).cpu().numpy()
        return on_host
