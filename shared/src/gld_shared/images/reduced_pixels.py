"""Photographs as upright pixels of the list's box alone, and not too large; without torch."""

import math

import numpy as np

from gld_shared.images.boxes import Box, area_of
from gld_shared.images.header import Sides, read_jpeg_header
from gld_shared.images.memory import holding_pixels
from gld_shared.images.opencv_setup import cv2
from gld_shared.images.upright_array import Pixels, decode_gray, decode_rgb


def read_pixels(data: bytes, box: Box | None, size: int, is_gray: bool) -> Pixels:
    """Decode an image file's bytes, cut the box out, and reduce it to ``size`` if it is larger.

    ``size`` is the longer side in pixels; nothing is enlarged. Returns uint8 ``(h, w)`` gray or
    ``(h, w, 3)`` RGB. Raises DataError that names no file.
    """
    decode = decode_gray if is_gray else decode_rgb
    with holding_pixels():
        pixels = decode(data, None if box else _least_sides(data, size))
        area = area_of(box, pixels.shape[:2])
        return _reduced(pixels[area.top : area.bottom, area.left : area.right], size)


def _least_sides(data: bytes, size: int) -> Sides | None:
    """Return the sides that a large JPEG is reduced to, which its decoder may come close to."""
    header = read_jpeg_header(data)
    if header is None or max(header.sides) <= size:
        return None
    height, width = header.turned(header.sides)
    scale = size / max(height, width)
    return math.ceil(scale * height), math.ceil(scale * width)


def _reduced(pixels: Pixels, size: int) -> Pixels:
    height, width = pixels.shape[:2]
    if max(height, width) <= size:
        return pixels
    scale = size / max(height, width)
    sides = max(1, round(scale * width)), max(1, round(scale * height))
    return np.asarray(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA), np.uint8)
