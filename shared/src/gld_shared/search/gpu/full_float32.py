"""Products in full float32 on a GPU, also where a program has allowed less."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from gld_shared.search.process_setting import ProcessSetting


@contextmanager
def full_float32(device: str) -> Iterator[None]:
    """Forbid TF32 and autocast, whose products have larger errors than a search allows for.

    TF32 is forbidden in the whole process, until the end of the last such block of any thread.
    """
    with _no_tf32.changed(), torch.autocast(torch.device(device).type, enabled=False):
        yield


def _forbid_tf32() -> Callable[[], None]:
    products = torch.backends.cuda.matmul
    allowed = products.fp32_precision
    products.fp32_precision = "ieee"

    def restore() -> None:
        products.fp32_precision = allowed

    return restore


_no_tf32 = ProcessSetting(_forbid_tf32)
