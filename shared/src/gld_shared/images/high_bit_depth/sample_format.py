"""The samples of a PNG or a TIFF, as its header declares them: bits, type, range, layout."""

import io
import math
import struct
from dataclasses import dataclass
from typing import Any

from PIL.ExifTags import Base as Tag
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from gld_shared.images.library_calls import MalformedError, library_call

UNSIGNED, SIGNED, FLOAT = 1, 2, 3  # TIFF's numbers
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BIG_TIFF = (b"II+\0", b"MM\0+")
_MIN_SAMPLE_VALUE, _MAX_SAMPLE_VALUE = 280, 281
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_PREMULTIPLIED, _STRAIGHT = 1, 2
_SEPARATE_PLANES = 2


@dataclass(frozen=True)
class SampleFormat:
    """The samples of an image of grey (``colours`` 1) or RGB (3), of ``bits`` each.

    ``extra`` samples a pixel follow the colours; the first is the opacity if ``has_alpha``, with
    which the colours are ``premultiplied`` or not. Declared, or None: ``significant_bits``, and
    ``least`` and ``most``, the range of the values. ``white_is_zero`` if the least value is white.
    """

    height: int
    width: int
    bits: int
    colours: int
    type: int = UNSIGNED
    extra: int = 0
    has_alpha: bool = True
    premultiplied: bool = False
    significant_bits: int | None = None
    least: float | None = None
    most: float | None = None
    white_is_zero: bool = False
    separate_planes: bool = False
    tiled: bool = False

    @property
    def is_deep(self) -> bool:
        """True if the samples are other than unsigned integers of up to 8 bits."""
        return self.bits > 8 or self.type != UNSIGNED

    def __str__(self) -> str:
        """Name the samples: ``32-bit float samples``."""
        types = {UNSIGNED: "", SIGNED: " signed", FLOAT: " float"}
        return f"{self.bits}-bit{types.get(self.type, ' complex')} samples"


def read_sample_format(data: bytes) -> SampleFormat | None:
    """Read the format of a PNG's or a TIFF's samples; None for other files and colour spaces."""
    try:
        if data.startswith(_PNG):
            return _read_png(data)
        return _read_tiff(data) if data.startswith(_TIFF) else None
    except (MalformedError, struct.error):
        return None


def _read_png(data: bytes) -> SampleFormat | None:
    width, height, bits, colour_type = struct.unpack_from(">IIBB", data, 16)
    colours = {0: 1, 2: 3, 4: 1, 6: 3}.get(colour_type)
    if colours is None:
        return None
    significant = None
    at = len(_PNG)
    while (kind := data[at + 4 : at + 8]) not in {b"IDAT", b""}:
        (length,) = struct.unpack_from(">I", data, at)
        if kind == b"sBIT":
            significant = max(data[at + 8 : at + 8 + length], default=None)
        at += 12 + length
    return SampleFormat(height, width, bits, colours, significant_bits=significant)


def _read_tiff(data: bytes) -> SampleFormat | None:
    tags = _Tags(data)
    meaning = tags.integers(Tag.PhotometricInterpretation)[0]
    colours = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3}.get(meaning)
    if colours is None:
        return None
    alpha = tags.integers(Tag.ExtraSamples, 0)[0]
    return SampleFormat(
        tags.integers(Tag.ImageLength)[0],
        tags.integers(Tag.ImageWidth)[0],
        max(tags.integers(Tag.BitsPerSample, 1)),
        colours,
        type=max(tags.integers(Tag.SampleFormat, UNSIGNED)),
        extra=tags.integers(Tag.SamplesPerPixel, 1)[0] - colours,
        has_alpha=alpha in {_PREMULTIPLIED, _STRAIGHT},
        premultiplied=alpha == _PREMULTIPLIED,
        least=min(tags.numbers(Tag.SMinSampleValue, _MIN_SAMPLE_VALUE), default=None),
        most=max(tags.numbers(Tag.SMaxSampleValue, _MAX_SAMPLE_VALUE), default=None),
        white_is_zero=meaning == _WHITE_IS_ZERO,
        separate_planes=tags.integers(Tag.PlanarConfiguration, 1)[0] == _SEPARATE_PLANES,
        tiled=Tag.TileWidth in tags.found,
    )


class _Tags:
    """The tags of a TIFF's first image; a file may give any of them any type."""

    def __init__(self, data: bytes) -> None:
        """Raise MalformedError if there are none."""
        stream = io.BytesIO(data)
        with library_call():
            tags = ImageFileDirectory_v2(stream.read(16 if data.startswith(_BIG_TIFF) else 8))
            stream.seek(tags.next)
            tags.load(stream)
            self.found = {int(tag): tags[tag] for tag in tags}

    def integers(self, tag: int, default: int | None = None) -> tuple[int, ...]:
        """Return a tag's values. Raises MalformedError if these are none, or no integers."""
        values = _tuple(self.found.get(tag, default))
        if not values or not all(isinstance(value, int) for value in values):
            raise MalformedError(f"TIFF tag {tag} is {values}, expected integers")
        return values

    def numbers(self, *tags: int) -> tuple[float, ...]:
        """Return the finite values of the first of the tags that is there."""
        values = next((_tuple(self.found[tag]) for tag in tags if tag in self.found), ())
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        return tuple(number for number in numbers if math.isfinite(number))


def _tuple(values: Any) -> tuple[Any, ...]:
    return values if isinstance(values, tuple) else (values,)
