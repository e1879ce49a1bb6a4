"""Fast products of queries with blocks, and bounds on their errors: exact scores decide."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gld_shared.search.blocks import Doubles, Floats
from gld_shared.search.bonus import Bonus
from gld_shared.search.compiled.worth import is_compiled
from gld_shared.search.error_bounds import ProductErrors, lengths_of
from gld_shared.search.index import Index
from gld_shared.search.keys import Keys
from gld_shared.search.stored_rows import stored_rows
from gld_shared.search.threads import cores
from gld_shared.search.workspace import Workspace


@dataclass(frozen=True)
class BlockProducts:
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

    def of_block(self, index: Index, rows: slice) -> BlockProducts:
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
        self._workspace = Workspace()
        self._bonus = bonus

    def of_block(self, index: Index, rows: slice) -> BlockProducts:
        """See ``Products``."""
        vectors, longest = self._read(index, rows)

        def multiply(part: slice, bits: Keys) -> None:
            self._multiply(self._queries[part], vectors, bits.view(np.float32))

        add_bonus = adding_in_float32(self._bonus, self.errors, rows.start, longest)
        return BlockProducts(longest, multiply, add_bonus)

    def _read(self, index: Index, rows: slice) -> tuple[Floats, float]:
        """Read a block, and return it with a bound on the length of its longest vector."""
        stored = stored_rows(index, np.arange(rows.start, rows.stop)) if is_compiled() else None
        if stored is None:
            vectors = index.read(rows)
            self.errors.check_dimension(vectors)
            return vectors, float(lengths_of(vectors).max())
        # Imported here: numba takes up to 0.7 s to start.
        from gld_shared.search.compiled.conversion import widen_stored

        self.errors.check_dimension(stored[0].vectors)
        shape = (rows.stop - rows.start, self.errors.dimension)
        vectors = self._workspace.array("widened", shape, np.float32)
        return vectors, widen_stored(stored, vectors)

    def _multiply(self, queries: Floats, vectors: Floats, products: Floats) -> None:
        if self._device == "cpu":
            np.matmul(queries, vectors.T, out=products)
            return
        import torch

        from gld_shared.search.gpu.full_float32 import full_float32

        left, right = (torch.from_numpy(each).to(self._device) for each in (queries, vectors))
        with full_float32(self._device):
            products[:] = (left @ right.T).cpu().numpy()


def adding_in_float32(
    bonus: Bonus | None, errors: ProductErrors, first: int, longest: float
) -> Callable[[slice, Keys], float]:
    """Return ``BlockProducts.add_bonus`` for float32 bits of a block from the ``first`` row on."""

    def add_bonus(part: slice, bits: Keys) -> float:
        if bonus is None:
            return 0.0
        of_queries = np.arange(len(errors.lengths))[part]
        added = bonus.add_to(bits.view(np.float32), of_queries, first)
        return errors.bound_of_sums(added, part, longest)

    return add_bonus
