"""The interface by which the vectors of a store are read, whatever their layout."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Floats


class Vectors(Protocol):
    """The vectors of a store, (n, d)."""

    def read_range(self, start: int, stop: int) -> Floats:
        """Read consecutive rows as float32, (stop - start, d)."""

    def read_rows(self, rows: npt.NDArray[np.int64]) -> Floats:
        """Read any rows as float32, (len(rows), d)."""
