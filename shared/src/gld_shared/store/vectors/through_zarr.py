"""Vectors in the layout of another program, read through Zarr."""

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Floats
from gld_shared.store.zarr_group import StoreGroup, zarr_errors


class ZarrVectors:
    """See ``Vectors``; of any codecs, shards and names of files."""

    def __init__(self, group: StoreGroup) -> None:
        """Read nothing yet."""
        self._layout = group.vectors
        self._array = group.vectors_array

    def read_range(self, start: int, stop: int) -> Floats:
        """Read consecutive rows as float32, (stop - start, d)."""
        with zarr_errors(self._layout.folder):
            vectors = np.asarray(self._array[start:stop]).astype(np.float32)
        self._layout.check_unchanged()
        return vectors

    def read_rows(self, rows: npt.NDArray[np.int64]) -> Floats:
        """Read any rows as float32, (len(rows), d)."""
        distinct, positions = np.unique(rows, return_inverse=True)
        with zarr_errors(self._layout.folder):
            vectors = np.asarray(self._array.oindex[distinct]).astype(np.float32)[positions]
        self._layout.check_unchanged()
        return vectors
