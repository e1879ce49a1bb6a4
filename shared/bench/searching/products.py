"""The fp32 matrix product alone, by the library whose kernels are the fastest on this CPU."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

BLOCK = 16_384
_TURNS = 5


def fastest_product(queries: np.ndarray, images: np.ndarray) -> tuple[str, Callable[[], None]]:
    """Return what multiplies (q, d) by (n, d) block by block and keeps no product, and its name.

    Which library is faster on all cores is measured on the first block.
    """
    seconds = {name: _best_time(multiply, queries, images) for name, multiply in _LIBRARIES.items()}
    name = min(seconds, key=seconds.__getitem__)
    note = f"{name}: the fp32 matrix product alone, in blocks of {BLOCK:,} rows in memory"
    return note, partial(_LIBRARIES[name], queries, images)


def _by_torch(queries: np.ndarray, images: np.ndarray) -> None:
    left, right = torch.from_numpy(queries), torch.from_numpy(images)
    product = torch.empty(len(left), BLOCK)
    for start in range(0, len(right), BLOCK):
        block = right[start : start + BLOCK]
        torch.mm(left, block.T, out=product[:, : len(block)])


def _by_numpy(queries: np.ndarray, images: np.ndarray) -> None:
    product = np.empty((len(queries), BLOCK), np.float32)
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        np.matmul(queries, block.T, out=product[:, : len(block)])


_LIBRARIES = {"torch": _by_torch, "numpy": _by_numpy}


def _best_time(
    multiply: Callable[[np.ndarray, np.ndarray], None], queries: np.ndarray, images: np.ndarray
) -> float:
    times = []
    for _ in range(_TURNS):
        started = time.perf_counter()
        multiply(queries, images[:BLOCK])
        times.append(time.perf_counter() - started)
    return min(times)
