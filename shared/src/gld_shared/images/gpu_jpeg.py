"""Decoding JPEGs in batches on a GPU, by nvJPEG through torchvision."""

import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from functools import cache

import simplejpeg
import torch

from gld_shared.images import jpeg
from gld_shared.images.errors import AbsurdImageError
from gld_shared.images.header import (
    JpegHeader,
    check_dimensions,
    read_jpeg_header,
)
from gld_shared.images.memory import refuse_beyond_memory
from gld_shared.images.upright import turn_upright

log = logging.getLogger(__name__)
_START_OF_SCAN = b"\xff\xda"
# Compressed pixels have no such runs; damaged disks and interrupted downloads leave them.
_RUNS = (bytes(64), b"\xff" * 64)
_PIXELS_TOGETHER = 1 << 27


def decode_on_gpu(files: Sequence[bytes], device: torch.device) -> Iterator[torch.Tensor | None]:
    """Decode JPEGs in full: uint8 ``(3, h, w)`` RGB on the device, upright, in order.

    A result is None for a file that is not for nvJPEG, and for the files of a group where nvJPEG
    fails: the CPU decodes those, or says why it cannot. Memory on the device: the decoded images of
    a group, 400 MB at most or one image.
    """
    for group in _groups(files):
        decoded = iter(_decoded([data for data, header in group if header is not None], device))
        for _, header in group:
            image = None if header is None else next(decoded)
            if header is None or image is None:
                yield None
            else:
                yield turn_upright(image, header.orientation)


_Group = list[tuple[bytes, JpegHeader | None]]


def _groups(files: Sequence[bytes]) -> Iterator[_Group]:
    """Group files, with their headers, that together have at most ``_PIXELS_TOGETHER``."""
    group: _Group = []
    pixels = 0
    for data in files:
        header = header_for_gpu(data)
        size = 0 if header is None else math.prod(header.sides)
        if group and pixels + size > _PIXELS_TOGETHER:
            yield group
            group, pixels = [], 0
        group.append((data, header))
        pixels += size
    if group:
        yield group


def _decoded(files: Sequence[bytes], device: torch.device) -> Sequence[torch.Tensor | None]:
    if not files:
        return []
    _silence_torch()
    try:
        return _nvjpeg([torch.frombuffer(data, dtype=torch.uint8) for data in files], device)
    except RuntimeError as error:  # the GPU's memory may be too small, too
        log.debug("nvJPEG fails on %d JPEGs: %s", len(files), str(error).splitlines()[0])
        return [None] * len(files)


def header_for_gpu(data: bytes) -> JpegHeader | None:
    """Read the header of a JPEG in YCbCr or grey that is whole as far as can be seen quickly.

    The result is None for any other file. nvJPEG decodes damaged data to wrong pixels and reports
    nothing, so a JPEG without its end marker, or with a run of equal bytes among its pixels, is
    left to the CPU's decoder.
    """
    header = read_jpeg_header(data)
    if header is None or not data.endswith(jpeg.END):
        return None
    try:
        check_dimensions(*header.sides)
        refuse_beyond_memory(header.sides[0] * header.sides[1] * 3)
    except AbsurdImageError:
        return None
    if simplejpeg.decode_jpeg_header(data)[2] not in {"YCbCr", "Gray"}:
        return None
    scan = data.find(_START_OF_SCAN)
    return None if any(data.find(run, scan) >= 0 for run in _RUNS) else header


def _nvjpeg(encoded: list[torch.Tensor], device: torch.device) -> list[torch.Tensor]:
    from torchvision.io import ImageReadMode, decode_jpeg

    pixels: list[torch.Tensor] = decode_jpeg(encoded, mode=ImageReadMode.RGB, device=device)
    return pixels


@cache
def _silence_torch() -> None:
    """Ignore two warnings: that bytes are read-only, and that torchvision's decoders move.

    torchvision 0.29 announces the package torchcodec for them.
    """
    warnings.filterwarnings("ignore", "The given buffer is not writable", UserWarning)
    warnings.filterwarnings("ignore", "The image decoding", DeprecationWarning)
