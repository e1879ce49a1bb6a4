"""Vectors in the layout of another program, read through Zarr."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import zarr

from gld_shared.search.blocks import Floats
from gld_shared.store.layout import array_of
from gld_shared.store.zarr_group import zarr_errors


class ZarrVectors:
    """See ``Vectors``; of any codecs, shards and names of files.

    Zarr fills missing chunks with zeros, which the check of lengths finds.
    """

    def __init__(self, store: Path, group: zarr.Group) -> None:
        """Read nothing yet."""
        self._place = store / "vectors"
        self._array = array_of(group, "vectors")

    def read_range(self, start: int, stop: int) -> Floats:
        """Read consecutive rows as float32, (stop - start, d)."""
        with zarr_errors(self._place):
            return np.asarray(self._array[start:stop]).astype(np.float32)

    def read_rows(self, rows: npt.NDArray[np.int64]) -> Floats:
        """Read any rows as float32, (len(rows), d)."""
        distinct, positions = np.unique(rows, return_inverse=True)
        with zarr_errors(self._place):
            return np.asarray(self._array.oindex[distinct]).astype(np.float32)[positions]
