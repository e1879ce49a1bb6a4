"""Pixels in anonymous memory, which a worker process sends to the main process without a copy.

torch would send them through /dev/shm, which may be too small: 64 MB in a container by default.
Anonymous memory has no limit but that of the machine.
"""

import mmap
import os
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from typing import Any

import torch


class StackedPixels:
    """Images of one shape stacked in anonymous memory; received, they are a plain tensor."""

    def __init__(self, images: Sequence[torch.Tensor]) -> None:
        """Copy images uint8 (3, h, w). Raises OSError if there is no memory, or no descriptor."""
        self._shape = (len(images), *images[0].shape)
        # The file object closes the descriptor. Its name is only seen in /proc.
        self._file = os.fdopen(os.memfd_create("batch"), "r+b", buffering=0)
        self._file.truncate(images[0].numel() * len(images))
        torch.stack(list(images), out=_mapped(self._file.fileno(), self._shape))

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the descriptor of the memory."""
        return _received, (DupFd(self._file.fileno()), self._shape)


def _received(descriptor: Any, shape: tuple[int, ...]) -> torch.Tensor:
    own = descriptor.detach()
    try:
        return _mapped(own, shape)
    finally:
        os.close(own)


def _mapped(descriptor: int, shape: tuple[int, ...]) -> torch.Tensor:
    """Map memory as a tensor uint8, which holds it as long as it exists."""
    return torch.frombuffer(mmap.mmap(descriptor, 0), dtype=torch.uint8).view(shape)
