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
    """Silence the warning that torch could write to mapped files; nothing does."""
    warnings.filterwarnings("ignore", "The given NumPy array is not writable")
