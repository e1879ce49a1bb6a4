"""Any image file to RGB pixels, upright, or one clear error.

JPEGs, which landmark collections are made of, take the fast decoder. Other formats, and JPEGs that
it does not know, go through Pillow, which reads every variant of them.
"""

import contextlib
import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageChops, UnidentifiedImageError

from gld_shared.errors import DataError
from gld_shared.images import jpeg
from gld_shared.images.orientation import (
    Sides,
    as_stored,
    exif_orientation,
    jpeg_orientation,
    turn_upright,
)
from gld_shared.images.pillow import FORMATS, MALFORMED

MAX_PIXELS = 178_000_000
MAX_ASPECT = 1000


class DamagedImageError(DataError):
    """A file that begins as an image does, but is cut short or damaged."""


class AbsurdImageError(DataError):
    """An image of a size or shape that no photograph has, and that would fill the memory."""


def read_image(path: Path, at_least: int | Sides | None = None) -> torch.Tensor:
    """An image file as uint8 ``(3, h, w)`` RGB, EXIF orientation applied.

    With ``at_least`` a JPEG may come reduced by 2, 4 or 8 as long as both sides keep 1.15 times
    that many pixels, or height and width as many each. Transparent parts are laid over white,
    16-bit values keep their high byte, and of an animation the first frame is taken. Raises
    DataError naming the file and why.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    return decode_named(data, path, at_least)


def decode_named(
    data: bytes, path: str | Path, at_least: int | Sides | None = None
) -> torch.Tensor:
    """``decode_image`` of bytes read before, with errors that name their file."""
    try:
        return decode_image(data, at_least)
    except DataError as error:
        raise type(error)(f"{path}: {error}") from error


def decode_image(data: bytes, at_least: int | Sides | None = None) -> torch.Tensor:
    """What ``read_image`` makes of a file's bytes.

    Raises DamagedImageError, AbsurdImageError or another DataError, which name no file.
    """
    if not data:
        raise DataError("empty, expected an image")
    if data.startswith(jpeg.START):
        try:
            _check_dimensions(*jpeg.dimensions(data))
            orientation = jpeg_orientation(data)
            sides = as_stored(at_least, orientation)
            pixels = torch.from_numpy(jpeg.decode(data, sides)).permute(2, 0, 1)
        except jpeg.UnusualJpegError:
            return _decode_with_pillow(data)
        except jpeg.DamagedJpegError as error:
            raise DamagedImageError(str(error)) from error
        return turn_upright(pixels, orientation)
    return _decode_with_pillow(data)


def upright_sides(data: bytes) -> Sides | None:
    """Height and width of an ordinary JPEG, turned upright, by its header alone.

    None for any other file: only decoding tells, and does not reduce it.
    """
    try:
        height, width = jpeg.dimensions(data) if data.startswith(jpeg.START) else (0, 0)
    except jpeg.UnusualJpegError:
        return None
    if 0 in (height, width):
        return None
    return as_stored((height, width), jpeg_orientation(data))


def refuse_absurd(data: bytes, path: str | Path) -> None:
    """Raise AbsurdImageError, naming the file, by the header of an image alone.

    What has no header that can be read passes.
    """
    try:
        with contextlib.suppress(*MALFORMED):
            _check_dimensions(*_dimensions(data))
    except AbsurdImageError as error:
        raise AbsurdImageError(f"{path}: {error}") from error


def _dimensions(data: bytes) -> tuple[int, int]:
    if data.startswith(jpeg.START):
        with contextlib.suppress(jpeg.UnusualJpegError):
            return jpeg.dimensions(data)
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return image.height, image.width


def _check_dimensions(height: int, width: int) -> None:
    if not 0 < height * width <= MAX_PIXELS:
        raise AbsurdImageError(
            f"{width} x {height} pixels, expected at most {MAX_PIXELS // 10**6} megapixels; "
            "make it smaller or leave it out"
        )
    if max(height, width) > MAX_ASPECT * min(height, width):
        raise AbsurdImageError(
            f"{width} x {height} pixels, expected sides within {MAX_ASPECT} to 1"
        )


def _decode_with_pillow(data: bytes) -> torch.Tensor:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise DataError("not an image in a known format (JPEG, PNG, HEIC, GIF, ...)") from error
    except MALFORMED as error:
        raise DamagedImageError(f"damaged image: {error}") from error
    _check_dimensions(image.height, image.width)
    try:
        image.load()
        rgb = _to_rgb(image, data)
        orientation = exif_orientation(image.getexif())
    except MALFORMED as error:
        reason = " ".join(str(error).split())  # some of the decoders' messages have several lines
        raise DamagedImageError(f"cut short or damaged {image.format}: {reason}") from error
    pixels = torch.from_numpy(np.array(rgb)).permute(2, 0, 1)
    return turn_upright(pixels, orientation)


def _to_rgb(image: Image.Image, data: bytes) -> Image.Image:
    """Any colour mode of Pillow as RGB."""
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow would clip them instead of scaling
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode == "CMYK" and image.format == "JPEG" and not jpeg.is_adobe(data):
        # Pillow takes every CMYK JPEG for one of Adobe's and has inverted it.
        return ImageChops.invert(image).convert("RGB")
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return image.convert("RGB")
