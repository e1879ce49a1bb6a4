"""The header of an image file: its sides, their limits, and EXIF's orientation."""

import io
from dataclasses import dataclass

from PIL import Image

from gld_shared.images import jpeg
from gld_shared.images.errors import AbsurdImageError
from gld_shared.images.library_calls import MalformedError, library_call
from gld_shared.images.memory import reserve
from gld_shared.images.pillow_setup import FORMATS

Sides = tuple[int, int]  # height and width
MAX_PIXELS = 178_000_000
MAX_ASPECT = 1000
_ORIENTATION = 0x0112
_ON_ITS_SIDE = {5, 6, 7, 8}


@dataclass(frozen=True)
class JpegHeader:
    """The sides of an ordinary JPEG as stored, and EXIF's orientation, 1 where there is none."""

    sides: Sides
    orientation: int

    def turned(self, sides: Sides) -> Sides:
        """Convert sides of the rows as stored to those of the upright image, or back."""
        return sides[::-1] if self.orientation in _ON_ITS_SIDE else sides


def read_jpeg_header(data: bytes) -> JpegHeader | None:
    """Read the header of an ordinary JPEG; None for any other file.

    The sides of another file are known only after decoding, which never reduces it.
    """
    if not data.startswith(jpeg.START):
        return None
    try:
        sides = jpeg.dimensions(data)
    except jpeg.UnusualJpegError:
        return None
    block = jpeg.exif(data)
    return JpegHeader(sides, 1 if block is None else _orientation_in(block))


def exif_orientation(tags: Image.Exif) -> int:
    """Return EXIF's orientation, 1 (upright) where there is none; only 1..8 have a meaning."""
    value = tags.get(_ORIENTATION)
    return value if isinstance(value, int) else 1


def refuse_absurd(data: bytes) -> None:
    """Raise AbsurdImageError for an image beyond the limits, else reserve memory for its pixels.

    A file without a readable header passes.
    """
    header = read_jpeg_header(data)
    try:
        height, width = header.sides if header else _sides_by_pillow(data)
    except MalformedError:
        return
    check_dimensions(height, width)
    reserve(height * width * 3)


def check_dimensions(height: int, width: int) -> None:
    """Raise AbsurdImageError for a height and a width beyond the limits."""
    if not 0 < height * width <= MAX_PIXELS:
        raise AbsurdImageError(
            f"{width} x {height} pixels, expected at most {MAX_PIXELS // 10**6} megapixels; "
            "make it smaller or leave it out"
        )
    if max(height, width) > MAX_ASPECT * min(height, width):
        raise AbsurdImageError(
            f"{width} x {height} pixels, expected sides within {MAX_ASPECT} to 1"
        )


def _orientation_in(block: bytes) -> int:
    tags = Image.Exif()
    try:
        with library_call():
            tags.load(block)
            return exif_orientation(tags)
    except MalformedError:
        # Cameras write broken EXIF around sound pixels: leave such an image as stored.
        return 1


def _sides_by_pillow(data: bytes) -> Sides:
    with library_call(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return image.height, image.width
