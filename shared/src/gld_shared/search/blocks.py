"""The types of a search's arrays, and the rows of a block."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Block = tuple[int, Floats]  # first row, vectors (b, d)

BLOCK_ROWS = 16_384
