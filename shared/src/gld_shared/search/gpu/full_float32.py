"""Products in full float32 on a GPU, also where a program has allowed less."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def full_float32(device: str) -> Iterator[None]:
    """Forbid TF32 and autocast, whose products have larger errors than a search allows for.

    TF32 is forbidden in the whole process, until the end of the block.
    """
    products = torch.backends.cuda.matmul
    before = products.fp32_precision
    products.fp32_precision = "ieee"
    try:
        with torch.autocast(torch.device(device).type, enabled=False):
            yield
    finally:
        products.fp32_precision = before
