"""Fast decoding of ordinary JPEGs, and the parts of their header that decoding needs."""

import re
import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import simplejpeg

START, END = b"\xff\xd8", b"\xff\xd9"
RGB, GRAY = "RGB", "GRAY"
_EXIF = b"Exif\0\0"
_APP1, _APP14, _START_OF_SCAN, _END_OF_IMAGE = 0xE1, 0xEE, 0xDA, 0xD9
_START_OF_FRAME = {0xC0, 0xC1, 0xC2}
_COEFFICIENTS, _MOST_BITS = 64, 15
# Any marker but those within a scan: a stuffed FF and the restart markers.
_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
# Messages of libjpeg after which pixels are wrong; its other warnings, such as extra bytes between
# two segments, leave them intact.
_DAMAGE = ("premature end", "huffman", "bad progression", "inconsistent progression")
# A reduced image must be this much larger than the target. At exactly the target, real photographs
# have a median PSNR of 35 dB against a full decode; from this factor up it is at least 41.
_HEADROOM = 1.15


class UnusualJpegError(Exception):
    """A JPEG that this decoder does not support: CMYK, or a rare chroma subsampling."""


class DamagedJpegError(Exception):
    """A JPEG that is cut short, or whose pixels are damaged."""


def dimensions(data: bytes) -> tuple[int, int]:
    """Read height and width in pixels from the header. Raises UnusualJpegError."""
    try:
        height, width, colorspace, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        raise UnusualJpegError(str(error)) from error
    if colorspace not in {"YCbCr", "Gray", "RGB"}:
        raise UnusualJpegError(f"colour space {colorspace}")
    return height, width


def decode(
    data: bytes,
    sides: tuple[int, int],
    at_least: tuple[int, int] | None,
    colorspace: str = RGB,
) -> npt.NDArray[np.uint8]:
    """Decode to ``(h, w, 3)`` RGB, not turned; reduced if it stays well above ``at_least``.

    ``sides`` are the image's ``dimensions``. ``at_least`` is a height and a width; each side keeps
    at least 1.15 times as many pixels. The colour space ``GRAY`` gives the luma, ``(h, w, 1)``.

    Raises DamagedJpegError, and UnusualJpegError for another decoder to try.
    """
    height, width = sides
    reduction = _reduction(sides, at_least)
    try:
        pixels: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(
            data,
            colorspace=colorspace,
            min_height=-(-height // reduction),
            min_width=-(-width // reduction),
        )
    except ValueError as error:
        if any(sign in str(error).lower() for sign in _DAMAGE):
            raise DamagedJpegError(f"cut short or damaged: {error}") from error
        raise UnusualJpegError(str(error)) from error
    return pixels


def decoded_size(sides: tuple[int, int], at_least: tuple[int, int] | None) -> int:
    """Return the bytes that ``decode`` returns."""
    reduction = _reduction(sides, at_least)
    return 3 * -(-sides[0] // reduction) * -(-sides[1] // reduction)


def _reduction(sides: tuple[int, int], at_least: tuple[int, int] | None) -> int:
    """Return the largest of 8, 4, 2 that leaves more than ``at_least`` pixels of each side, else 1.

    libjpeg's other scales, n/8, have no SIMD code and are slower than a full decode.
    """
    if at_least is None:
        return 1
    room = min(side / least for side, least in zip(sides, at_least, strict=True))
    return next((factor for factor in (8, 4, 2) if room >= factor * _HEADROOM), 1)


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of each segment before the pixels; stop where the file is broken."""
    at = len(START)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _STANDALONE:  # a fill byte, or a marker without content
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _START_OF_SCAN:
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def exif(data: bytes) -> bytes | None:
    """Return the EXIF block, or None."""
    found = (body for marker, body in segments(data) if marker == _APP1)
    return next((body for body in found if body.startswith(_EXIF)), None)


def bits(data: bytes) -> int:
    """Return the bits of a sample; 8 if the header does not say."""
    return next(
        (body[0] for marker, body in segments(data) if marker in _START_OF_FRAME and body), 8
    )


def is_adobe(data: bytes) -> bool:
    """Return whether Adobe's segment is present: a CMYK image's values are then stored inverted."""
    return any(marker == _APP14 and body[:5] == b"Adobe" for marker, body in segments(data))


def completed(data: bytes) -> bytes | None:
    """Return a JPEG that lacks only its end marker with that marker; None for any other file."""
    if not _lacks_end(data):
        return None
    whole = data + END
    try:
        _, _, colorspace, _ = simplejpeg.decode_jpeg_header(whole)
        is_print = colorspace in {"CMYK", "YCCK"}
        # An eighth of the size is decoded from all of the data.
        simplejpeg.decode_jpeg(
            whole, colorspace="CMYK" if is_print else "RGB", min_height=1, min_width=1
        )
    except ValueError:
        return None
    return whole


def _lacks_end(data: bytes) -> bool:
    """Return whether a JPEG has scans for all its coefficients, but no end marker after them.

    Its last scan may still be cut short. A progressive JPEG without its last scans looks whole to
    decoders.
    """
    if not data.startswith(START) or data.endswith(END):
        return False
    missing: dict[int, list[int]] = {}  # bits of each coefficient of a component
    at = len(START)
    try:
        while (found := _MARKER.search(data, at)) is not None:
            marker, at = found[0][-1], found.end()
            if marker == _END_OF_IMAGE:
                return False
            if marker in _STANDALONE:
                continue
            length = int.from_bytes(data[at : at + 2])
            body = data[at + 2 : at + length]
            at += length
            if marker in _START_OF_FRAME:
                missing = {part: [_MOST_BITS] * _COEFFICIENTS for part in body[6::3]}
            elif marker == _START_OF_SCAN:
                first, last, bits = body[1 + 2 * body[0] :]
                for part in body[1 : 1 + 2 * body[0] : 2]:
                    missing[part][first : last + 1] = [bits & 15] * (last + 1 - first)
    except (ValueError, LookupError):  # not a whole header
        return False
    return bool(missing) and not any(map(any, missing.values()))
