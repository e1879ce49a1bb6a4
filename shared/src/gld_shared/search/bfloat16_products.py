"""Products in bfloat16 by torch: several times as fast where the processor has instructions."""

import sys
from importlib.util import find_spec
from typing import Any

import numpy as np

from gld_shared.cpu_flags import cpu_flags
from gld_shared.search.blocks import Block, Doubles, Floats
from gld_shared.search.error_bounds import ProductErrors, lengths_of
from gld_shared.search.keys import Keys
from gld_shared.search.products import OfBlock
from gld_shared.search.threads import cores

# The unit roundoff of bfloat16, which has 8 significant bits.
UNIT = 2.0**-8
_INSTRUCTIONS = {"amx_bf16", "avx512_bf16"}
# Multiplications that take about as long as the import of torch.
_WORTH_AN_IMPORT = 100_000_000_000


def is_worth_it(multiplications: float) -> bool:
    """Return whether so many multiplications are faster in bfloat16, given the import of torch."""
    if not _INSTRUCTIONS & cpu_flags():
        return False
    loaded = "torch" in sys.modules
    return loaded or (multiplications >= _WORTH_AN_IMPORT and find_spec("torch") is not None)


class BFloat16Products:
    """Products of queries and blocks that are rounded to bfloat16, summed in float32."""

    key_type: type[np.signedinteger[Any]] = np.int16

    def __init__(self, queries: Floats | Doubles) -> None:
        """Round queries (q, d)."""
        import torch

        exact = torch.from_numpy(queries)
        self._queries = exact.bfloat16()
        rounding = 1.001 * lengths_of((exact - self._queries.float()).numpy())
        self.errors = ProductErrors(lengths_of(queries), queries.shape[1], UNIT, rounding)
        self.threads = cores()

    def with_block(self, block: Block) -> OfBlock:
        """See ``Products``; the block is rounded here."""
        import torch

        vectors = torch.from_numpy(block[1]).bfloat16().T

        def of(part: slice) -> tuple[Keys, float]:
            bits: Keys = torch.mm(self._queries[part], vectors).view(torch.int16).numpy()
            return bits, 0.0

        return of
