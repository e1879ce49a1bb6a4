"""A picture whose every wrong turn or channel shows, and its file in any format."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.images.decode import decode_image
from gld_shared.images.opencv import decode_as_recipe
from PIL import Image

Decode = Callable[[bytes], torch.Tensor]
by_every_decoder = pytest.mark.parametrize("decode", [decode_image, decode_as_recipe])
# The scene below as HEIC, because gld installs no HEIC encoder; "turned" is stored on its side,
# with that orientation in its EXIF.
FIXTURES = Path(__file__).parents[1] / "fixtures"


def scene(height: int = 60, width: int = 90) -> Image.Image:
    """Smooth colours without any symmetry, so that a wrong turn or channel shows."""
    rows, columns = np.mgrid[0:height, 0:width]
    channels = (rows * 200 // height, columns * 250 // width, 40 + (rows + columns) % 60)
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def encoded(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(
        stream, form, **({"quality": 95, "subsampling": 0} if form == "JPEG" else {}) | options
    )
    return stream.getvalue()


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif
