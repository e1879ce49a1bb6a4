"""Copies of images at the size of training, for those who read them many times."""

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import get_ident

import polars as pl
import simplejpeg
import torch
from gld_shared.errors import DataError
from gld_shared.files import atomic_file, open_output
from gld_shared.images.decode import decode_named
from gld_shared.images.threads import map_in_order
from torchvision.transforms.v2 import functional

from gld_lists.images.fingerprints import read_bytes
from gld_lists.images.header import read_header
from gld_lists.images.left_out import Sifted, sift_unreadable

QUALITY = 95
SETTINGS = ".gld-resize.json"
_UNFINISHED = ".unfinished"


def resize_images(
    rows: pl.DataFrame,
    source: Path,
    target: Path,
    size: int,
    workers: int,
    skip_unreadable: bool = False,
    done: Callable[[int], None] = lambda _: None,
) -> Sifted:
    """Copy a list's images below ``source`` to the same paths below ``target``; see ``resized``.

    A copy that is there and newer than its original is kept, so an interrupted run goes on where it
    was, and another does nothing. Raises DataError for an unreadable image (when skipping, only if
    all are), and when ``target`` holds anything else. Memory: for each thread the largest image.
    """
    claim(source, target, size)
    unfinished = target / _UNFINISHED
    unfinished.mkdir(exist_ok=True)
    copy = partial(_copy, source=source, target=target, size=size, unfinished=unfinished)
    reasons = map_in_order(copy, rows["path"], workers)
    sifted = sift_unreadable(rows, reasons, skip_unreadable, done)
    shutil.rmtree(unfinished)
    return sifted


def claim(source: Path, target: Path, size: int) -> None:
    """Make ``target`` the folder of copies of this size, or find that it is.

    Raises DataError when it is ``source`` itself, holds copies of another size, or other files.
    """
    settings = {"format": "gld-resized/1", "size": size, "quality": QUALITY}
    if target.exists() and target.samefile(source):
        raise DataError(f"{target}: is the folder of the originals; name another with -o")
    record = target / SETTINGS
    if record.is_file():
        found = json.loads(record.read_bytes())
        if found != settings:
            raise DataError(
                f"{target}: holds images of --size {found.get('size')}, expected {size}; "
                "name another folder, or delete this one"
            )
        return
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise DataError(
                f"{target}: holds files that gld-lists resize did not write; name another folder"
            )
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror}") from error
    with open_output(record) as stream:
        stream.write(json.dumps(settings).encode())


def _copy(path: str, source: Path, target: Path, size: int, unfinished: Path) -> str | None:
    """Why an image cannot be read, or None."""
    original, copy = source / path, target / path
    if _is_done(original, copy):
        return None
    try:
        smaller = resized(original, size)
    except DataError as error:
        return str(error)
    _write(copy, smaller, unfinished)
    return None


def _is_done(original: Path, copy: Path) -> bool:
    try:
        there = copy.stat()
        # A file of no bytes is what a machine that lost its power may leave.
        return there.st_size > 0 and there.st_mtime >= original.stat().st_mtime
    except OSError:
        return False


def _write(path: Path, data: bytes, unfinished: Path) -> None:
    """Whole or not at all. Not synced, which would take longer than all else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, unfinished=unfinished / f"{os.getpid()}-{get_ident()}") as stream:
        stream.write(data)


def resized(path: Path, size: int) -> bytes:
    """An image file as a JPEG of quality 95, upright, whose shorter side is ``size`` pixels.

    The aspect is kept, and nothing is enlarged: a JPEG that is no larger and upright stays as it
    is, byte for byte. Raises DataError naming the file when it cannot be read.
    """
    data = read_bytes(path)
    # Twice the size is left to the better resize, which halves at least.
    pixels = decode_named(data, path, at_least=2 * size)
    if min(pixels.shape[1:]) <= size and _is_plain_jpeg(data):
        return data
    return encode(_shrink(pixels, size))


def _is_plain_jpeg(data: bytes) -> bool:
    facts = read_header(data)
    return facts is not None and facts.is_jpeg and not facts.is_cmyk and facts.orientation == 1


def _shrink(pixels: torch.Tensor, size: int) -> torch.Tensor:
    height, width = pixels.shape[1:]
    scale = size / min(height, width)
    if scale >= 1:
        return pixels
    shape = [max(size, round(scale * side)) for side in (height, width)]
    smaller: torch.Tensor = functional.resize(pixels, shape, antialias=True)
    return smaller


def encode(pixels: torch.Tensor) -> bytes:
    """Pixels uint8 ``(3, h, w)`` RGB as a JPEG of quality 95."""
    rows = pixels.permute(1, 2, 0).contiguous().numpy()
    data: bytes = simplejpeg.encode_jpeg(rows, QUALITY, "RGB", "420")
    return data
