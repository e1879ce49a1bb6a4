"""The header of an image file: size, EXIF orientation, colour mode and frames."""

import io
from dataclasses import dataclass

from gld_shared.images.decoder_process.by_format import call_by_format
from gld_shared.images.header import exif_orientation, read_jpeg_header
from gld_shared.images.high_bit_depth.sample_format import read_sample_format
from gld_shared.images.library_calls import MalformedError, library_call
from gld_shared.images.pillow_setup import FORMATS
from PIL import Image


@dataclass(frozen=True)
class ImageHeader:
    """Width and height in pixels as stored, EXIF orientation (1 is upright) and kind of image."""

    width: int
    height: int
    orientation: int = 1
    is_jpeg: bool = False
    is_cmyk: bool = False
    is_animated: bool = False


def read_header(data: bytes) -> ImageHeader | None:
    """Read the header in a file's bytes without decoding the image; None if it is malformed."""
    ordinary = read_jpeg_header(data)
    if ordinary is not None:
        height, width = ordinary.sides
        return ImageHeader(width, height, ordinary.orientation, is_jpeg=True)
    return call_by_format(_read_by_pillow, data)


def _read_by_pillow(data: bytes) -> ImageHeader | None:
    try:
        with library_call(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _from_pillow(image)
    except MalformedError:
        form = read_sample_format(data)  # such as floats in RGB, which Pillow does not know
        return None if form is None else ImageHeader(form.width, form.height)


def _from_pillow(image: Image.Image) -> ImageHeader:
    # Phones append smaller versions of a photograph to its JPEG; Pillow counts these as frames.
    is_jpeg = image.format in {"JPEG", "MPO"}
    return ImageHeader(
        *image.size,
        exif_orientation(image.getexif()),
        is_jpeg=is_jpeg,
        is_cmyk=image.mode == "CMYK",
        is_animated=not is_jpeg and getattr(image, "is_animated", False),
    )
