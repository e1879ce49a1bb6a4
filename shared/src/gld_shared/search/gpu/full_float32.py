"""Products in full float32 on a GPU, also where a program has allowed less."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Searches that run now in this process, and what the program allowed before the first.
_lock = threading.Lock()
_searches = 0
_allowed = "none"


@contextmanager
def full_float32(device: str) -> Iterator[None]:
    """Forbid TF32 and autocast, whose products have larger errors than a search allows for.

    TF32 is forbidden in the whole process, until the end of the last such block of any thread.
    """
    global _searches, _allowed
    products = torch.backends.cuda.matmul
    with _lock:
        _searches += 1
        if _searches == 1:
            _allowed = products.fp32_precision
            products.fp32_precision = "ieee"
    try:
        with torch.autocast(torch.device(device).type, enabled=False):
            yield
    finally:
        with _lock:
            _searches -= 1
            if not _searches:
                products.fp32_precision = _allowed
