"""Any image file to upright pixels as an array, without torch."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.images import jpeg
from gld_shared.images.decode_rows import decode_rows
from gld_shared.images.decoder_process.by_format import call_by_format
from gld_shared.images.header import Sides, read_jpeg_header
from gld_shared.images.memory import holding_pixels
from gld_shared.images.opencv_setup import cv2
from gld_shared.images.rows import Rows

Pixels = npt.NDArray[np.uint8]


def decode_rgb(data: bytes, at_least: Sides | None = None) -> Pixels:
    """Decode an image file's bytes to RGB, uint8 ``(h, w, 3)``: the pixels of ``decode_image``.

    A JPEG is reduced if it stays well above ``at_least``, a height and a width. Raises DataError
    that names no file.
    """
    return _decode(data, at_least, jpeg.RGB)


def decode_gray(data: bytes, at_least: Sides | None = None) -> Pixels:
    """Decode an image file's bytes to gray, uint8 ``(h, w)``, as ``decode_rgb`` does otherwise.

    A JPEG's gray is its luma as stored, which OpenCV reads too; that of other files is computed
    from RGB by OpenCV.
    """
    pixels = _decode(data, at_least, jpeg.GRAY)
    if pixels.shape[2] == 1:
        return pixels[:, :, 0]
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _decode(data: bytes, at_least: Sides | None, colorspace: str) -> Pixels:
    if not data:
        raise DataError("empty, expected an image")
    header = read_jpeg_header(data)
    with holding_pixels():
        if header is None:
            return turned(call_by_format(decode_rows, data))
        least = at_least and header.turned(at_least)
        return turned(decode_rows(data, header, least, colorspace))


def turned(rows: Rows) -> Pixels:
    """Turn decoded rows upright: a copy, but for upright ones, which are returned as they are."""
    pixels: npt.NDArray[Any] = rows.pixels
    if rows.orientation in {5, 7}:
        pixels = pixels.swapaxes(0, 1)
    quarters = {3: 2, 4: 2, 6: 3, 7: 2, 8: 1}.get(rows.orientation, 0)
    if rows.orientation in {2, 4}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(np.rot90(pixels, quarters))
