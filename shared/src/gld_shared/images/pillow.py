"""Decoding with Pillow, which reads every format and every variant of JPEG."""

import io

import numpy as np
import torch
from PIL import Image, ImageChops, UnidentifiedImageError

from gld_shared.errors import DataError
from gld_shared.images import jpeg
from gld_shared.images.errors import DamagedImageError
from gld_shared.images.header import check_dimensions, exif_orientation, turn_upright
from gld_shared.images.pillow_setup import FORMATS, MALFORMED


def decode(data: bytes) -> torch.Tensor:
    """Decode an image file's bytes to uint8 ``(3, h, w)`` RGB, upright.

    Raises DamagedImageError, AbsurdImageError, or DataError for a file that is not an image.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise DataError(_unknown(data)) from error
    except MALFORMED as error:
        raise DamagedImageError(f"damaged image: {error}") from error
    check_dimensions(image.height, image.width)
    try:
        image.load()
        rgb = _to_rgb(image, data)
        orientation = exif_orientation(image.getexif())
    except MALFORMED as error:
        reason = " ".join(str(error).split())  # some decoders' messages have several lines
        raise DamagedImageError(f"cut short or damaged {image.format}: {reason}") from error
    pixels = torch.from_numpy(np.array(rgb)).permute(2, 0, 1)
    return turn_upright(pixels, orientation)


def _unknown(data: bytes) -> str:
    bits = jpeg.bits(data) if data.startswith(jpeg.START) else 8
    if bits != 8:
        return f"a JPEG of {bits} bits a sample, expected 8; save it again with 8 bits, or as PNG"
    return "not an image in a known format (JPEG, PNG, HEIC, GIF, ...)"


def _to_rgb(image: Image.Image, data: bytes) -> Image.Image:
    """Convert any colour mode of Pillow to RGB."""
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow would clip them instead of scaling
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode == "CMYK" and image.format == "JPEG" and not jpeg.is_adobe(data):
        # Pillow assumes that every CMYK JPEG is Adobe's, and has inverted it.
        return ImageChops.invert(image).convert("RGB")
    if image.has_transparency_data:
        return on_white(image.convert("RGBA"))
    return image.convert("RGB")


def on_white(image: Image.Image) -> Image.Image:
    """Lay an RGBA image on white, and return it as RGB."""
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")
