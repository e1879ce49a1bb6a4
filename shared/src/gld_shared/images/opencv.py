"""Decoding and resizing with OpenCV, which gives exactly the reference recipe's pixels."""

import io

import numpy as np
import torch
from PIL import Image

from gld_shared.errors import DataError
from gld_shared.images import jpeg
from gld_shared.images.decode import decode_image
from gld_shared.images.header import Sides, exif_orientation, read_jpeg_header, refuse_absurd
from gld_shared.images.high_bit_depth.decode import decode_deep
from gld_shared.images.opencv_setup import cv2, imdecode
from gld_shared.images.pillow_setup import FORMATS, MALFORMED


def decode_as_recipe(data: bytes) -> torch.Tensor:
    """Decode an image file's bytes by OpenCV, uint8 ``(3, h, w)`` RGB, upright.

    An image that OpenCV does not read, such as HEIC, or not rightly, is decoded by
    ``decode_image``. Raises DataError that names no file.
    """
    refuse_absurd(data)
    deep = decode_deep(data)
    if deep is not None and not deep.is_plain:
        return deep.pixels
    if _is_inverted(data) or _is_turned(data):
        return decode_image(data)
    if deep is None:
        _refuse_deep_foreign(data)
    pixels = imdecode(data, cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        whole = jpeg.completed(data)
        return decode_image(data) if whole is None else decode_as_recipe(whole)
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _refuse_deep_foreign(data: bytes) -> None:
    """Raise DataError for more than 8 bits a sample in a format that OpenCV alone reads.

    OpenCV darkens these, such as 16-bit PGM.
    """
    if data.startswith(jpeg.START):
        return
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS):
            return
    except MALFORMED:
        samples = imdecode(data, cv2.IMREAD_UNCHANGED)
    if samples is not None and samples.dtype != np.uint8:
        raise DataError(
            f"{samples.dtype} samples in a format that is read with 8 bits only; "
            "save it as PNG or TIFF"
        )


def _is_inverted(data: bytes) -> bool:
    """Return whether a JPEG is CMYK without Adobe's segment, which OpenCV takes for granted."""
    if not data.startswith(jpeg.START) or read_jpeg_header(data) is not None:
        return False
    return not jpeg.is_adobe(data)


def _is_turned(data: bytes) -> bool:
    """Return whether an AVIF is to be rotated or mirrored, which OpenCV does not do."""
    if data[4:8] != b"ftyp":
        return False
    try:
        with Image.open(io.BytesIO(data), formats=("AVIF",)) as image:
            return exif_orientation(image.getexif()) != 1
    except MALFORMED:
        return False


def resize_as_recipe(image: torch.Tensor, sides: Sides) -> torch.Tensor:
    """Resize pixels uint8 ``(3, h, w)`` to a height and width, bilinear, not antialiased."""
    rows = image.permute(1, 2, 0).numpy()
    resized = cv2.resize(rows, sides[::-1], interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(resized).permute(2, 0, 1).contiguous()
