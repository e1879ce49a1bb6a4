"""Products in 16-bit integers by a compiled loop: faster than float32 on some processors.

Their rounding is a tenth of bfloat16's.
"""

from typing import Any

import numpy as np

from gld_shared.search.blocks import Doubles, Floats
from gld_shared.search.bonus import Bonus
from gld_shared.search.compiled.worth import compile_from_now_on
from gld_shared.search.error_bounds import ProductErrors, lengths_of
from gld_shared.search.index import Index
from gld_shared.search.keys import Keys
from gld_shared.search.products import BlockProducts, adding_in_float32
from gld_shared.search.stored_rows import stored_rows
from gld_shared.search.threads import cores
from gld_shared.search.workspace import Workspace


class Int16Products:
    """Products of queries and blocks that are rounded to 16-bit integers times a step of each.

    They are summed exactly, and rounded to float32. A bonus may be added to them.
    """

    key_type: type[np.signedinteger[Any]] = np.int32

    def __init__(self, queries: Floats | Doubles, bonus: Bonus | None = None) -> None:
        """Round queries (q, d)."""
        # Imported here: numba takes up to 0.7 s to start.
        from gld_shared.search.compiled import panels

        compile_from_now_on()
        self._panels = panels
        # Queries that have no bound are refused where it is computed.
        with np.errstate(over="ignore", invalid="ignore"):
            narrowed = queries.astype(np.float32, copy=False)
            lengths = lengths_of(queries)
            unit = panels.unit_of(queries.shape[1])
            rounding = lengths_of(queries - narrowed) + unit * lengths_of(narrowed)
        self._queries = panels.left_panels(narrowed)
        self.errors = ProductErrors(lengths, queries.shape[1], unit, rounding)
        self.threads = cores()
        self._workspace = Workspace()
        self._bonus = bonus

    def of_block(self, index: Index, rows: slice) -> BlockProducts:
        """See ``Products``; a stored block is never held in float32."""
        stored = stored_rows(index, np.arange(rows.start, rows.stop))
        if stored is None:
            vectors = index.read(rows)
            self.errors.check_dimension(vectors)
            images = self._panels.right_panels(vectors, self._workspace)
        else:
            self.errors.check_dimension(stored[0].vectors)
            images = self._panels.right_panels_of_stored(stored, self._workspace)

        def multiply(part: slice, bits: Keys) -> None:
            self._panels.multiply(self._queries, part, images, bits.view(np.float32))

        add_bonus = adding_in_float32(self._bonus, self.errors, rows.start, images.longest)
        return BlockProducts(images.longest, multiply, add_bonus)
