"""Decoding with OpenCV as the reference recipe does, to rows of RGB pixels."""

import io

import numpy as np
from PIL import Image

from gld_shared.errors import DataError
from gld_shared.images import jpeg
from gld_shared.images.header import exif_orientation, read_jpeg_header, refuse_absurd
from gld_shared.images.high_bit_depth.decode import decode_deep
from gld_shared.images.library_calls import MalformedError, library_call
from gld_shared.images.opencv_setup import cv2, imdecode
from gld_shared.images.pillow_setup import FORMATS
from gld_shared.images.rows import Rows


def decode_recipe_rows(data: bytes) -> Rows | None:
    """Decode by OpenCV, which turns the image upright itself; None for what it does not read.

    What it reads wrongly is None too. Raises DataError that names no file.
    """
    refuse_absurd(data)
    deep = decode_deep(data)
    if deep is not None and not deep.is_plain:
        return deep.rows
    if _is_inverted(data) or _is_turned(data):
        return None
    if deep is None:
        _refuse_deep_foreign(data)
    pixels = imdecode(data, cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        whole = jpeg.completed(data)
        return None if whole is None else decode_recipe_rows(whole)
    return Rows(pixels)


def _refuse_deep_foreign(data: bytes) -> None:
    """Raise DataError for more than 8 bits a sample in a format that OpenCV alone reads.

    OpenCV darkens these, such as 16-bit PGM.
    """
    if data.startswith(jpeg.START):
        return
    try:
        with library_call(), Image.open(io.BytesIO(data), formats=FORMATS):
            return
    except MalformedError:
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
        with library_call(), Image.open(io.BytesIO(data), formats=("AVIF",)) as image:
            return exif_orientation(image.getexif()) != 1
    except MalformedError:
        return False
