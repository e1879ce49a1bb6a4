"""Height and width of an image from its header alone, and their limits."""

import contextlib
import io

from PIL import Image

from gld_shared.images import jpeg
from gld_shared.images.errors import AbsurdImageError
from gld_shared.images.orientation import Sides, as_stored, jpeg_orientation
from gld_shared.images.pillow_setup import FORMATS, MALFORMED

MAX_PIXELS = 178_000_000
MAX_ASPECT = 1000


def upright_sides(data: bytes) -> Sides | None:
    """Return height and width of an ordinary JPEG after it is turned upright.

    None for any other file: its sides are known only after decoding, which never reduces it.
    """
    try:
        height, width = jpeg.dimensions(data) if data.startswith(jpeg.START) else (0, 0)
    except jpeg.UnusualJpegError:
        return None
    if 0 in (height, width):
        return None
    return as_stored((height, width), jpeg_orientation(data))


def refuse_absurd(data: bytes) -> None:
    """Raise AbsurdImageError for an image beyond the limits.

    A file without a readable header passes.
    """
    with contextlib.suppress(*MALFORMED):
        check_dimensions(*_dimensions(data))


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


def _dimensions(data: bytes) -> tuple[int, int]:
    if data.startswith(jpeg.START):
        with contextlib.suppress(jpeg.UnusualJpegError):
            return jpeg.dimensions(data)
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return image.height, image.width
