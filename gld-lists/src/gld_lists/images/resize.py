"""Smaller copies of images, which decode faster each time that training reads them."""

import logging
import os
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import get_ident

import polars as pl
import simplejpeg
import torch
from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.images.decode import decode_named
from gld_shared.images.memory import holding_pixels
from gld_shared.images.parallel_map import map_in_order
from gld_shared.images.read_file import read_image_file
from gld_shared.progress import Advance, silent
from torchvision.transforms.v2 import functional

from gld_lists.filtered import Filtered
from gld_lists.images.copies_folder import QUALITY, copies_folder, refuse_own_names
from gld_lists.images.copy_checksums import CopyChecksums, checksum_of, opened_checksums
from gld_lists.images.filter import filter_unreadable
from gld_lists.images.header import read_header

log = logging.getLogger(__name__)


def resize_images(
    rows: pl.DataFrame,
    source: Path,
    target: Path,
    size: int,
    workers: int,
    skip_unreadable: bool = False,
    advance: Advance = silent,
) -> Filtered:
    """Copy a list's images below ``source`` to the same paths below ``target``; see ``resized``.

    A copy that is newer than its original, and matches its checksum, is kept: an interrupted run
    resumes, and a finished one only reads. Raises DataError for an unreadable image (when skipping,
    only if all are unreadable), for a path of the folder's own files, and as ``copies_folder``
    does. Memory: 100 bytes for each copy, and the largest image once per thread.
    """
    refuse_own_names(rows, target)
    with (
        copies_folder(source, target, size) as unfinished,
        opened_checksums(target, rows["path"]) as checksums,
    ):
        copy = partial(_copy, Copying(source, target, size, unfinished, checksums))
        items = zip(rows["path"], checksums.known(rows["path"]), strict=True)
        with closing(map_in_order(copy, items, workers)) as reasons:
            return filter_unreadable(rows, reasons, skip_unreadable, advance)


@dataclass(frozen=True)
class Copying:
    """Where images are copied from and to; ``unfinished`` is a folder for unfinished files."""

    source: Path
    target: Path
    size: int
    unfinished: Path
    checksums: CopyChecksums


def _copy(copying: Copying, item: tuple[str, str | None]) -> str | None:
    """Write the copy of an image, given its path and the checksum of an earlier copy.

    Returns the reason if the original cannot be read.
    """
    path, checksum = item
    original, copy = copying.source / path, copying.target / path
    if checksum is not None and _is_done(original, copy, checksum):
        return None
    try:
        smaller = resized(original, copying.size)
    except DataError as error:
        return str(error)
    _write(copy, smaller, copying.unfinished)
    copying.checksums.add(path, checksum_of(smaller))
    return None


def _is_done(original: Path, copy: Path, checksum: str) -> bool:
    try:
        if copy.stat().st_mtime < original.stat().st_mtime:
            return False
        data = read_image_file(copy)
    except (OSError, DataError):
        return False
    if checksum_of(data) == checksum:
        return True
    log.warning("%s: damaged, its checksum does not match; made again", copy)
    return False


def _write(path: Path, data: bytes, unfinished: Path) -> None:
    """Write a copy whole or not at all. Not synced: a sync takes longer than the resizing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, unfinished=unfinished / f"{os.getpid()}-{get_ident()}") as stream:
        stream.write(data)


def resized(path: Path, size: int) -> bytes:
    """Convert an image file to an upright JPEG of quality 95, its shorter side ``size`` pixels.

    The aspect ratio is kept and nothing is enlarged: an upright JPEG that is no larger is kept byte
    for byte. Raises DataError naming a file it cannot read.
    """
    data = read_image_file(path)
    # Decode to at least twice the size: the resize filters better than the JPEG decoder's scaling.
    with holding_pixels():
        pixels = decode_named(data, path, at_least=2 * size)
        if min(pixels.shape[1:]) <= size and _is_plain_jpeg(data):
            return data
        return encode(_shrink(pixels, size))


def _is_plain_jpeg(data: bytes) -> bool:
    header = read_header(data)
    return header is not None and header.is_jpeg and not header.is_cmyk and header.orientation == 1


def _shrink(pixels: torch.Tensor, size: int) -> torch.Tensor:
    height, width = pixels.shape[1:]
    scale = size / min(height, width)
    if scale >= 1:
        return pixels
    shape = [max(size, round(scale * side)) for side in (height, width)]
    smaller: torch.Tensor = functional.resize(pixels, shape, antialias=True)
    return smaller


def encode(pixels: torch.Tensor) -> bytes:
    """Encode pixels uint8 ``(3, h, w)`` RGB as a JPEG of quality 95."""
    rows = pixels.permute(1, 2, 0).contiguous().numpy()
    data: bytes = simplejpeg.encode_jpeg(rows, QUALITY, "RGB", "420")
    return data
