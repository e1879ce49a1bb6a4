"""Decoding any image file to upright RGB pixels, or one clear error."""

from pathlib import Path

import torch

from gld_shared.errors import DataError
from gld_shared.images.decode_rows import decode_rows
from gld_shared.images.decoder_process.by_format import call_by_format
from gld_shared.images.errors import errors_of
from gld_shared.images.header import JpegHeader, Sides, read_jpeg_header
from gld_shared.images.memory import holding_pixels
from gld_shared.images.read_file import read_image_file
from gld_shared.images.upright import upright


def read_image(path: Path, at_least: int | Sides | None = None) -> torch.Tensor:
    """Read an image file as uint8 ``(3, h, w)`` RGB, turned upright by its EXIF orientation.

    With ``at_least``, a JPEG may be decoded at 1/2, 1/4 or 1/8 if both sides keep 1.15 times that
    many pixels; ``at_least`` may also be a height and a width. Transparent parts become white, more
    than 8 bits are reduced by ``decode_deep``, and an animation gives its first frame. Raises
    DataError naming the file and the reason.
    """
    return decode_named(read_image_file(path), path, at_least)


def decode_named(
    data: bytes, path: str | Path, at_least: int | Sides | None = None
) -> torch.Tensor:
    """Decode as ``decode_image`` does, with errors that name ``path``."""
    with errors_of(path):
        return decode_image(data, at_least)


def decode_image(
    data: bytes, at_least: int | Sides | None = None, header: JpegHeader | None = None
) -> torch.Tensor:
    """Decode an image file's bytes as ``read_image`` does.

    A caller that has read the JPEG's header passes it as ``header``. A JPEG may lack its end
    marker, the last two bytes. Waits for memory as ``memory.reserve`` does. Raises
    DamagedImageError, AbsurdImageError or another DataError, which name no file.
    """
    if not data:
        raise DataError("empty, expected an image")
    header = header or read_jpeg_header(data)
    with holding_pixels():
        if header is None:
            return upright(call_by_format(decode_rows, data))
        if isinstance(at_least, int):
            at_least = (at_least, at_least)
        return upright(decode_rows(data, header, at_least and header.turned(at_least)))
