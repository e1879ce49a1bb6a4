"""Turning pixels upright by EXIF's orientation."""

import torch

from gld_shared.images.rows import Rows


def upright(rows: Rows) -> torch.Tensor:
    """Return decoded rows as pixels ``(3, h, w)``, upright, without a copy of upright ones."""
    return turn_upright(torch.from_numpy(rows.pixels).permute(2, 0, 1), rows.orientation)


def turn_upright(pixels: torch.Tensor, orientation: int) -> torch.Tensor:
    """Turn pixels ``(3, h, w)`` by EXIF's orientation 1..8; any other value counts as 1."""
    if orientation in {5, 7}:
        pixels = pixels.transpose(1, 2)
    quarters = {3: 2, 4: 2, 6: 3, 7: 2, 8: 1}.get(orientation, 0)
    if orientation in {2, 4}:
        pixels = pixels.flip(2)
    return torch.rot90(pixels, quarters, (1, 2)) if quarters else pixels
