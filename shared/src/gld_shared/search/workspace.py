"""Arrays that a thread uses again for each block."""

import math
import threading
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Scalar = TypeVar("Scalar", bound=np.generic)

# The bytes of a cache line: bfloat16 products of arrays that start with one take half of the time.
_LINE = 64


def aligned(shape: tuple[int, ...], dtype: type[Scalar]) -> npt.NDArray[Scalar]:
    """Return an array of any values that starts with a cache line."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + size].view(dtype).reshape(shape)


class Workspace(threading.local):
    """Arrays by name, other ones in each thread.

    New arrays of many megabytes cost as much time as a block's product: the system clears their
    pages.
    """

    def __init__(self) -> None:
        """Start without arrays."""
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: type[Scalar]) -> npt.NDArray[Scalar]:
        """Return an ``aligned`` array; the values in the last one of this name are lost."""
        size = math.prod(shape)
        values = self._arrays.get(name)
        if values is None or values.size < size:
            values = self._arrays[name] = aligned((size,), dtype)
        return values[:size].reshape(shape)
