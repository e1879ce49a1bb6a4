"""torch on one thread: its results do not depend on the number of cores or of processes."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from gld_shared.images.upright_array import Pixels

# Below this, some networks have no feature map left.
SHORTEST = 32


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute without gradients, on one thread, within a block."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


def as_batch(pixels: Pixels) -> torch.Tensor:
    """Return RGB pixels ``(h, w, 3)`` as a batch of one, float32 ``(1, 3, h, w)`` in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None] / 255
