"""Decoding and resizing with OpenCV, which gives exactly the reference recipe's pixels."""

import io

import numpy as np
import torch
from PIL import Image

from gld_shared.images.decode import decode_image
from gld_shared.images.header import Sides, refuse_absurd
from gld_shared.images.opencv_setup import cv2
from gld_shared.images.pillow_setup import MALFORMED


def decode_as_recipe(data: bytes) -> torch.Tensor:
    """Decode an image file's bytes by OpenCV, uint8 ``(3, h, w)`` RGB, upright.

    A format that OpenCV does not support, such as HEIC, is decoded by ``decode_image``. Raises
    DataError that names no file.
    """
    refuse_absurd(data)
    if not data or _is_damaged_png(data):
        return decode_image(data)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        return decode_image(data)
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _is_damaged_png(data: bytes) -> bool:
    """Return whether a PNG's checksums fail: OpenCV's libpng would print that to standard error."""
    if not data.startswith(b"\x89PNG"):
        return False
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.verify()
    except MALFORMED:
        return True
    return False


def resize_as_recipe(image: torch.Tensor, sides: Sides) -> torch.Tensor:
    """Resize pixels uint8 ``(3, h, w)`` to a height and width, bilinear, not antialiased."""
    rows = image.permute(1, 2, 0).numpy()
    resized = cv2.resize(rows, sides[::-1], interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(resized).permute(2, 0, 1).contiguous()
