"""Stored numbers in the type that is wanted."""

import sys
import warnings
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt


def widen(stored: npt.NDArray[Any], result: npt.NDArray[Any]) -> None:
    """Write stored numbers to an array of the same shape, and of another type.

    torch, where it is imported already, converts float16 several times as fast as numpy.
    """
    if stored.dtype == np.float16 and "torch" in sys.modules:
        import torch

        _silence_torch()
        torch.from_numpy(result).copy_(torch.from_numpy(stored))
    else:
        result[:] = stored


@cache
def _silence_torch() -> None:
    """Silence the warning that torch could write to mapped files; nothing does.

    torch gives it once in a process, so here: whoever resets the filters later sees none.
    """
    import torch

    unwritable = np.zeros(1, np.float32)
    unwritable.flags.writeable = False
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        torch.from_numpy(unwritable)
