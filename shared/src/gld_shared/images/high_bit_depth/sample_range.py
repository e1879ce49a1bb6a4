"""The range of an image's samples from black to white, and their reduction to 8 bits."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gld_shared.images.high_bit_depth.sample_format import UNSIGNED, SampleFormat

Samples = npt.NDArray[Any]
# Cameras have these depths: a picture of 11 bits is a dark one of 12.
_DEPTHS = (8, 10, 12, 14)
# OpenCV unpacks samples of these bits to 16 bits, which they then fill.
_UNPACKED = {10, 12, 14}


class SampleRange(NamedTuple):
    """The values that are shown as black (0 of 8 bits) and as white (255)."""

    black: float
    white: float


def declared_range(form: SampleFormat, samples: Samples) -> SampleRange | None:
    """Return the range that the header declares, or None.

    A maximum that only repeats the type's, or that some value exceeds, declares nothing.
    """
    least, most = extremes(samples)
    is_integer = samples.dtype.kind in "ui"
    full = int(np.iinfo(samples.dtype).max) if is_integer else None
    if form.type == UNSIGNED and form.bits in _UNPACKED:
        return SampleRange(0, full or 0)
    if form.significant_bits and form.significant_bits < form.bits:
        # PNG prescribes that such values are scaled to 16 bits, but not every program does so.
        is_scaled = most >= 2**form.significant_bits
        return SampleRange(0, (full or 0) if is_scaled else 2**form.significant_bits - 1)
    if form.most is None or form.most == full or most > form.most:
        return None
    if is_integer and least >= 0:
        return range_up_to(form.most, samples.dtype)
    black = 0 if form.least is None else form.least
    return SampleRange(black, form.most) if black <= least and black < form.most else None


def guess_range(samples: Samples) -> SampleRange:
    """Return the range of samples that declare none, from their type and values.

    Floats within 0..1 have that range, integers from 0 that of ``range_up_to``. All others, such as
    integers below 0, range from their least to their greatest value.
    """
    least, most = extremes(samples)
    if samples.dtype.kind == "f":
        return SampleRange(0, 1) if least >= 0 and most <= 1 else SampleRange(least, most)
    return SampleRange(least, most) if least < 0 else range_up_to(most, samples.dtype)


def range_up_to(most: float, dtype: np.dtype[Any]) -> SampleRange:
    """Return the range of integers from 0 to ``most``.

    They have the least of 8, 10, 12 and 14 bits that holds them. Greater ones have all bits of a
    16-bit type, and as many as they need of a wider one.
    """
    bits = int(most).bit_length()
    full = int(np.iinfo(dtype).max).bit_length()
    wide = bits if full > 16 else full
    depth = next((depth for depth in _DEPTHS if depth >= bits), wide)
    return SampleRange(0, 2 ** min(depth, full) - 1)


def extremes(samples: Samples) -> tuple[float, float]:
    """Return the least and the greatest finite value; NaN if none is finite."""
    if samples.dtype.kind != "f":
        return int(samples.min()), int(samples.max())
    # Row by row, or the finite values would be a second copy of the image.
    finite = (row[np.isfinite(row)] for row in samples)
    ends = [(float(row.min()), float(row.max())) for row in finite if row.size]
    return (min(ends)[0], max(end for _, end in ends)) if ends else (np.nan, np.nan)


def to_8_bits(samples: Samples, shown: SampleRange) -> npt.NDArray[np.uint8]:
    """Map samples ``(h, w, ...)`` to 0..255 uint8; values outside ``shown`` are clipped.

    Integers from 0 lose their lower bits: 16 bits keep their high byte. Others are rounded. A value
    that is not a number becomes black. Memory: the result, and a few rows.
    """
    by_bits = samples.dtype.kind in "ui" and shown.black == 0
    steps = shown.white + 1 if by_bits else shown.white - shown.black
    scale = (256 if by_bits else 255) / steps if steps else 0.0
    pixels = np.empty(samples.shape, np.uint8)
    for row, target in zip(samples, pixels, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (row.astype(np.float64) - shown.black) * scale
        scaled = np.nan_to_num(scaled, nan=0, posinf=255, neginf=0)
        target[...] = (np.floor(scaled) if by_bits else np.rint(scaled)).clip(0, 255)
    return pixels
