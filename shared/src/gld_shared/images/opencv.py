"""Decoding and resizing with OpenCV, which gives exactly the reference recipe's pixels."""

import torch

from gld_shared.errors import DataError
from gld_shared.images.decode import decode_image
from gld_shared.images.decoder_process.pool import call_in_process
from gld_shared.images.header import Sides, read_jpeg_header
from gld_shared.images.memory import holding_pixels
from gld_shared.images.opencv_rows import decode_recipe_rows
from gld_shared.images.opencv_setup import cv2
from gld_shared.images.upright import upright


def decode_as_recipe(data: bytes) -> torch.Tensor:
    """Decode an image file's bytes by OpenCV, uint8 ``(3, h, w)`` RGB, upright.

    ``decode_image`` decodes ordinary JPEGs, to the same pixels, and images that OpenCV does not
    read, such as HEIC, or not rightly. Raises DataError that names no file.
    """
    if not data:
        raise DataError("empty, expected an image")
    header = read_jpeg_header(data)
    if header is not None:
        return decode_image(data, header=header)
    with holding_pixels():
        # OpenCV's libjpeg and libpng print about damaged files to standard error.
        rows = call_in_process(decode_recipe_rows, data)
        return decode_image(data) if rows is None else upright(rows)


def resize_as_recipe(image: torch.Tensor, sides: Sides) -> torch.Tensor:
    """Resize pixels uint8 ``(3, h, w)`` to a height and width, bilinear, not antialiased."""
    rows = image.permute(1, 2, 0).numpy()
    resized = cv2.resize(rows, sides[::-1], interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(resized).permute(2, 0, 1).contiguous()
