"""The index of a search as blocks of rows, and the types of its arrays."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Block = tuple[int, Floats]  # first row, vectors (b, d)

BLOCK_ROWS = 16_384


def array_blocks(index: Floats, block_rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """Yield an array (n, d) in memory as blocks: first row, vectors (b, d)."""
    for start in range(0, len(index), block_rows):
        yield start, index[start : start + block_rows]
