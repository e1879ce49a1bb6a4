"""The header of an image file: size, EXIF orientation, colour mode and frames."""

import io
from dataclasses import dataclass

from gld_shared.images import jpeg
from gld_shared.images.orientation import exif_orientation, jpeg_orientation
from gld_shared.images.pillow_setup import FORMATS, MALFORMED
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
    if data.startswith(jpeg.START):
        try:
            height, width = jpeg.dimensions(data)
            return ImageHeader(width, height, jpeg_orientation(data), is_jpeg=True)
        except jpeg.UnusualJpegError:
            pass
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _from_pillow(image)
    except MALFORMED:
        return None


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
