"""Decoding with Pillow, which reads every format and every variant of JPEG."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from gld_shared.errors import DataError
from gld_shared.images import jpeg
from gld_shared.images.errors import DamagedImageError
from gld_shared.images.header import check_dimensions, exif_orientation
from gld_shared.images.library_calls import MalformedError, UnknownFormatError, library_call
from gld_shared.images.memory import reserve
from gld_shared.images.pillow_setup import FORMATS
from gld_shared.images.rows import Rows

# Pixels that are converted to RGB at once, so that no other copy of a large image is made.
_AT_ONCE = 1 << 20


def decode(data: bytes) -> Rows:
    """Decode an image file's bytes.

    Raises DamagedImageError, AbsurdImageError, or DataError for a file that is not an image.
    Memory: Pillow's pixels, mostly 4 bytes each, and the rows.
    """
    try:
        with library_call():
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnknownFormatError as error:
        raise DataError(_unknown(data)) from error
    except MalformedError as error:
        raise DamagedImageError(f"damaged image: {error}") from error
    check_dimensions(image.height, image.width)
    reserve(image.height * image.width * 3)
    try:
        with library_call():
            image.load()
            orientation = exif_orientation(image.getexif())
        return Rows(_to_rows(image, data), orientation)
    except MalformedError as error:
        raise DamagedImageError(f"cut short or damaged {image.format}: {error}") from error


def _unknown(data: bytes) -> str:
    bits = jpeg.bits(data) if data.startswith(jpeg.START) else 8
    if bits != 8:
        return f"a JPEG of {bits} bits a sample, expected 8; save it again with 8 bits, or as PNG"
    return "not an image in a known format (JPEG, PNG, HEIC, GIF, ...)"


def _to_rows(image: Image.Image, data: bytes) -> npt.NDArray[np.uint8]:
    """Convert any colour mode of Pillow to RGB, some rows at a time."""
    # Pillow assumes that every CMYK JPEG is Adobe's, and has inverted it.
    is_inverted = image.mode == "CMYK" and image.format == "JPEG" and not jpeg.is_adobe(data)
    rows = np.empty((image.height, image.width, 3), np.uint8)
    step = max(1, _AT_ONCE // image.width)
    for top in range(0, image.height, step):
        bottom = min(top + step, image.height)
        with library_call():
            part = image.crop((0, top, image.width, bottom))
            rows[top:bottom] = np.asarray(_to_rgb(ImageChops.invert(part) if is_inverted else part))
    return rows


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow would clip them instead of scaling
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        return on_white(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def on_white(image: Image.Image) -> Image.Image:
    """Lay an RGBA image on white, and return it as RGB."""
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")
