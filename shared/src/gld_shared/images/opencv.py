"""Decoding and resizing with OpenCV, which gives exactly the reference recipe's pixels."""

import torch

from gld_shared.images.decode import decode_image
from gld_shared.images.header import Sides, refuse_absurd
from gld_shared.images.high_bit_depth import decode_deep
from gld_shared.images.opencv_setup import cv2, imdecode


def decode_as_recipe(data: bytes) -> torch.Tensor:
    """Decode an image file's bytes by OpenCV, uint8 ``(3, h, w)`` RGB, upright.

    A format that OpenCV does not support, such as HEIC, is decoded by ``decode_image``. Raises
    DataError that names no file.
    """
    refuse_absurd(data)
    deep = decode_deep(data)
    if deep is not None and not deep.is_plain:
        return deep.pixels
    pixels = imdecode(data, cv2.IMREAD_COLOR_RGB)
    return decode_image(data) if pixels is None else torch.from_numpy(pixels).permute(2, 0, 1)


def resize_as_recipe(image: torch.Tensor, sides: Sides) -> torch.Tensor:
    """Resize pixels uint8 ``(3, h, w)`` to a height and width, bilinear, not antialiased."""
    rows = image.permute(1, 2, 0).numpy()
    resized = cv2.resize(rows, sides[::-1], interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(resized).permute(2, 0, 1).contiguous()
