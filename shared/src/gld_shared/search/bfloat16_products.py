"""Products in bfloat16 by torch: several times as fast where the processor has instructions."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared import torch_library
from gld_shared.search.blocks import Doubles, Floats
from gld_shared.search.bonus import Bonus
from gld_shared.search.compiled.worth import is_compiled
from gld_shared.search.error_bounds import ProductErrors, lengths_of
from gld_shared.search.index import Index
from gld_shared.search.keys import Keys
from gld_shared.search.products import BlockProducts
from gld_shared.search.stored_rows import stored_rows
from gld_shared.search.threads import cores
from gld_shared.search.workspace import Workspace, aligned

# The unit roundoff of bfloat16, which has 8 significant bits.
UNIT = 2.0**-8
# Values that are rounded at once: 1 MB, which a core's cache holds.
_PIECE_VALUES = 131_072


class BFloat16Products:
    """Products of queries and blocks that are rounded to bfloat16, summed in float32.

    A bonus may be added to them.
    """

    key_type: type[np.signedinteger[Any]] = np.int16

    def __init__(self, queries: Floats | Doubles, bonus: Bonus | None = None) -> None:
        """Round queries (q, d)."""
        self._queries = aligned(queries.shape, np.int16)
        torch_library.convert(queries, self._queries)
        widened = np.empty(queries.shape, np.float32)
        torch_library.convert(self._queries, widened)
        # Queries that have no bound are refused where it is computed.
        with np.errstate(invalid="ignore"):
            rounding = lengths_of(queries - widened)
        self.errors = ProductErrors(lengths_of(queries), queries.shape[1], UNIT, rounding, UNIT)
        self.threads = cores()
        self._workspace = Workspace()
        self._bonus = bonus

    def of_block(self, index: Index, rows: slice) -> BlockProducts:
        """See ``Products``; a block is never held in float32."""
        space = self._workspace.array(
            "rounded", (rows.stop - rows.start, self.errors.dimension), np.int16
        )
        stored = stored_rows(index, np.arange(rows.start, rows.stop)) if is_compiled() else None
        if stored is None:
            longest = self._round(index, rows, space)
        else:
            # Imported here: numba takes up to 0.7 s to start.
            from gld_shared.search.compiled.conversion import round_stored

            self.errors.check_dimension(stored[0].vectors)
            longest = round_stored(stored, space)

        def multiply(part: slice, bits: Keys) -> None:
            torch_library.multiply(self._queries[part], space, bits)

        def add_bonus(part: slice, bits: Keys) -> float:
            if self._bonus is None:
                return 0.0
            of_queries = np.arange(len(self._queries))[part]
            added = self._bonus.add_to_bfloat16(bits, of_queries, rows.start)
            return self.errors.bound_of_sums(added, part, longest)

        return BlockProducts(longest, multiply, add_bonus)

    def _round(self, index: Index, rows: slice, space: npt.NDArray[np.int16]) -> float:
        """Read and round a block piece by piece, and return the length of its longest vector."""
        count, at_once = len(space), max(1, _PIECE_VALUES // max(1, space.shape[1]))
        lengths = np.empty(count)
        for first in range(0, count, at_once):
            piece = slice(first, min(first + at_once, count))
            vectors = index.read(slice(rows.start + piece.start, rows.start + piece.stop))
            self.errors.check_dimension(vectors)
            lengths[piece] = lengths_of(vectors)
            torch_library.convert(vectors, space[piece])
        return float(lengths.max())
