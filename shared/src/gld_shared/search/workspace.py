"""Arrays that a thread uses again for each block."""

import math
import threading
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)


class Workspace(threading.local):
    """Arrays by name, other ones in each thread.

    New arrays of many megabytes cost as much time as a block's product: the system clears their
    pages.
    """

    def __init__(self) -> None:
        """Start without arrays."""
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: type[Scalar]) -> npt.NDArray[Scalar]:
        """Return an array of any values; those in the last one of this name are lost."""
        size = math.prod(shape)
        values = self._arrays.get(name)
        if values is None or values.size < size:
            values = self._arrays[name] = np.empty(size, dtype)
        return values[:size].reshape(shape)
