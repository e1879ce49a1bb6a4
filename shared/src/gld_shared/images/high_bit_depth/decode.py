"""Decoding PNG and TIFF of more than 8 bits a sample, integers or floats, to 8 bits."""

import io
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from gld_shared.errors import DataError
from gld_shared.images import pillow
from gld_shared.images.errors import DamagedImageError
from gld_shared.images.header import check_dimensions, exif_orientation
from gld_shared.images.high_bit_depth.sample_format import (
    UNSIGNED,
    SampleFormat,
    read_sample_format,
)
from gld_shared.images.high_bit_depth.sample_range import (
    SampleRange,
    Samples,
    declared_range,
    extremes,
    guess_range,
    to_8_bits,
)
from gld_shared.images.library_calls import MalformedError, library_call
from gld_shared.images.memory import reserve
from gld_shared.images.opencv_setup import cv2, imdecode
from gld_shared.images.rows import Rows

Pixels = npt.NDArray[np.uint8]
# A range of 16 bits is one of more than 14: the greatest high byte is at least 64.
_LEAST_HIGH_BYTE = 64


class DeepImage(NamedTuple):
    """An image that had more than 8 bits a sample: its rows, reduced to 8 bits.

    ``is_plain`` if its samples fill 16 bits, so that every decoder reduces them rightly. ``guess``
    says which range was assumed if the header declares none, else "".
    """

    rows: Rows
    is_plain: bool
    guess: str = ""


def decode_deep(data: bytes) -> DeepImage | None:
    """Decode a PNG or TIFF of more than 8 bits a sample; None for any other image.

    Samples range from black to white as the header declares, else as ``guess_range`` says.
    Transparent parts become white. Raises DamagedImageError, AbsurdImageError or another DataError,
    which name no file. Memory: the samples, and the pixels twice.
    """
    form = read_sample_format(data)
    if form is None or not form.is_deep:
        return None
    check_dimensions(form.height, form.width)
    samples_per_pixel = form.colours + form.extra
    reserve(form.height * form.width * (samples_per_pixel * form.bits // 8 + 3))
    samples = None if _is_misread(form) else imdecode(data, cv2.IMREAD_UNCHANGED)
    if samples is None:
        return DeepImage(_high_bytes(data, form), is_plain=True)
    colours, alpha = _split(samples, form)
    if not np.isfinite(extremes(colours)).all():
        raise DamagedImageError(f"{form} without a finite value")
    declared = declared_range(form, colours)
    shown = declared or guess_range(colours)
    pixels = to_8_bits(colours, shown)
    if form.white_is_zero and form.bits > 8:  # OpenCV inverts 8 bits itself
        pixels = 255 - pixels
    if alpha is not None:
        pixels = _on_white(pixels, _opacity(alpha, shown), form.premultiplied)
    is_full = form.type == UNSIGNED and shown == SampleRange(0, 2**form.bits - 1)
    # OpenCV misreads the tiles at the edges of a grey image when it reduces them itself.
    is_misread = form.white_is_zero or (form.tiled and form.colours == 1)
    return DeepImage(
        Rows(_to_rgb(pixels), _orientation(data)),
        is_full and form.bits == 16 and not is_misread,
        "" if declared or is_full else _assumption(form, colours, shown),
    )


def guessed_range(data: bytes) -> str:
    """Return the range that ``decode_deep`` assumes for an image, "" if it need not."""
    deep = decode_deep(data)
    return "" if deep is None else deep.guess


def _is_misread(form: SampleFormat) -> bool:
    """Return whether OpenCV misreads the samples unless it reduces them to 8 bits itself."""
    return form.separate_planes or form.extra > (1 if form.colours == 3 else 0)


def _high_bytes(data: bytes, form: SampleFormat) -> Rows:
    """Decode an image of which only the high bytes can be read, if they fill their range.

    Raises DamagedImageError, or DataError if the image is too dark to know the range.
    """
    unknown = DataError(
        f"{form} in a layout or compression that cannot be decoded, or damaged; "
        "save it with 8 bits, or as PNG"
    )
    try:
        if form.separate_planes:
            pixels = imdecode(data, cv2.IMREAD_COLOR_RGB)
            rows = None if pixels is None else Rows(_to_rgb(pixels))
        else:
            rows = pillow.decode(data)
    except DamagedImageError:
        raise
    except DataError as error:
        raise unknown from error
    is_plain = form.bits == 16 and form.type == UNSIGNED and not form.white_is_zero
    if rows is None or not is_plain or rows.pixels.max() < _LEAST_HIGH_BYTE:
        raise unknown
    return rows


def _split(samples: Samples, form: SampleFormat) -> tuple[Samples, Samples | None]:
    """Split OpenCV's samples into grey ``(h, w)`` or RGB ``(h, w, 3)``, and the opacity."""
    if samples.ndim == 2:
        return samples, None
    is_transparent = samples.shape[2] == 4 and form.has_alpha
    return samples[:, :, 2::-1], samples[:, :, 3] if is_transparent else None


def _opacity(alpha: Samples, colours: SampleRange) -> Pixels:
    """Reduce the opacity to 8 bits: its range is that of the colours, if it stays within."""
    is_within = alpha.dtype.kind != "f" and extremes(alpha)[1] <= colours.white
    return to_8_bits(alpha, colours if is_within else guess_range(alpha))


def _on_white(pixels: Pixels, opacity: Pixels, premultiplied: bool) -> Pixels:
    if premultiplied:
        added = pixels.astype(np.uint16) + (255 - opacity)[:, :, None]
        return added.clip(0, 255).astype(np.uint8)
    image = Image.fromarray(np.dstack([pixels, opacity]), "RGBA")
    return np.array(pillow.on_white(image))


def _to_rgb(pixels: Pixels) -> Pixels:
    rgb = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(rgb)


def _orientation(data: bytes) -> int:
    """Return EXIF's orientation of a PNG. OpenCV turns a TIFF upright itself."""
    if not data.startswith(b"\x89PNG"):
        return 1
    try:
        with library_call(), Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            return exif_orientation(image.getexif())
    except MalformedError as error:
        raise DamagedImageError(f"damaged PNG: {error}") from error


def _assumption(form: SampleFormat, colours: Samples, shown: SampleRange) -> str:
    least, most = extremes(colours)
    black, white = reversed(shown) if form.white_is_zero else shown
    return (
        f"{form} of undeclared range, here {least:.10g} to {most:.10g}: "
        f"{black:.10g} is taken as black, {white:.10g} as white"
    )
