"""The types of a search's arrays."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Block = tuple[int, Floats]  # first row, vectors (b, d)
