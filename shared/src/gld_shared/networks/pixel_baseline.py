"""Raw pixels as an embedding: the baseline for any network."""

import torch
from torch import nn

from gld_shared.errors import DataError

KIND = "pixels"
MEAN_AND_STD = (0.5, 0.5, 0.5)


class Pixels(nn.Module):
    """A backbone without weights whose channels are the values of a small image."""

    def __init__(self, size: int) -> None:
        """Take the image's side in pixels."""
        super().__init__()
        self._size = size
        self.num_features = 3 * size * size

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """Take ``(b, 3, size, size)`` to ``(b, 3 * size * size, 1, 1)``."""
        if images.shape[2:] != (self._size, self._size):
            # timm's transformers raise the same error for a wrong size.
            raise AssertionError(f"It compares squares of {self._size} pixels.")
        return images.flatten(1)[..., None, None]


def parse_size(name: str) -> int:
    """Parse the side of ``pixels:SIZE``. Raises DataError unless it is a number from 1 to 1024."""
    size = name.partition(":")[2]
    if not (size.isascii() and size.isdigit() and 1 <= int(size) <= 1024):
        raise DataError(f"{name}: expected pixels:SIZE with a size from 1 to 1024")
    return int(size)
