"""Functions that numba compiles on their first call, and keeps compiled for later runs."""

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
import numpy.typing as npt

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a function; its calls release the interpreter's lock, so threads run side by side.

    The code is kept beside the file, else in the user's cache, or in $NUMBA_CACHE_DIR. Where none
    of them can be written, each run compiles again, which takes about a second.
    """
    return _kept(function, {})


def compiled_sums(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a function whose sums may be in any order, so that they use vector instructions."""
    return _kept(function, {"fastmath": {"reassoc", "contract"}})


def _kept(function: Callable[Arguments, Result], options: Any) -> Callable[Arguments, Result]:
    try:
        kept: Callable[Arguments, Result] = numba.njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # no folder to keep it in
        kept = numba.njit(nogil=True, **options)(function)
    return kept


class ThreadScratch:
    """An array of zeros (n,) for each thread, which leaves it as it found it."""

    def __init__(self, n: int, dtype: npt.DTypeLike) -> None:
        """Keep the length and the type."""
        self._n, self._dtype = n, dtype
        self._local = threading.local()

    def zeros(self) -> npt.NDArray[Any]:
        """Return this thread's array."""
        if not hasattr(self._local, "array"):
            self._local.array = np.zeros(self._n, self._dtype)
        array: npt.NDArray[Any] = self._local.array
        return array
