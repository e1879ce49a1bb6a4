"""Turning images upright by the orientation that EXIF records."""

import torch
from PIL import Image

from gld_shared.images import jpeg
from gld_shared.images.pillow_setup import MALFORMED

Sides = tuple[int, int]  # height and width
_ORIENTATION = 0x0112
_ON_ITS_SIDE = {5, 6, 7, 8}


def as_stored(upright: int | Sides | None, orientation: int) -> Sides | None:
    """Convert sides of the upright image to those of the rows as stored, or back."""
    if upright is None:
        return None
    height, width = (upright, upright) if isinstance(upright, int) else upright
    return (width, height) if orientation in _ON_ITS_SIDE else (height, width)


def jpeg_orientation(data: bytes) -> int:
    """Read EXIF's orientation from a JPEG's bytes; 1 where there is none."""
    block = jpeg.exif(data)
    if block is None:
        return 1
    tags = Image.Exif()
    try:
        tags.load(block)
        return exif_orientation(tags)
    except MALFORMED:
        # Cameras write broken EXIF around sound pixels: leave such an image as stored.
        return 1


def exif_orientation(tags: Image.Exif) -> int:
    """Return EXIF's orientation, 1 (upright) where there is none; only 1..8 have a meaning."""
    value = tags.get(_ORIENTATION)
    return value if isinstance(value, int) else 1


def turn_upright(pixels: torch.Tensor, orientation: int) -> torch.Tensor:
    """Turn pixels ``(3, h, w)`` by EXIF's orientation 1..8; any other value counts as 1."""
    if orientation in {5, 7}:
        pixels = pixels.transpose(1, 2)
    quarters = {3: 2, 4: 2, 6: 3, 7: 2, 8: 1}.get(orientation, 0)
    if orientation in {2, 4}:
        pixels = pixels.flip(2)
    return torch.rot90(pixels, quarters, (1, 2)) if quarters else pixels
