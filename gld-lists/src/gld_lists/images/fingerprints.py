"""Fingerprints of image files: the SHA-256 of the bytes and a perceptual hash of the pixels.

The perceptual hash is based on the discrete cosine transform: reduce the image to 32 x 32 grey
pixels and take the 64 lowest frequencies; a bit says whether a frequency is above their median.
Hashes of images that differ in size, compression or brightness differ in a few bits only.
"""

import hashlib
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import polars as pl
from gld_shared.errors import DataError
from gld_shared.images.errors import errors_of
from gld_shared.images.memory import holding_pixels
from gld_shared.images.parallel_map import map_in_order
from gld_shared.images.read_file import read_image_file
from gld_shared.images.upright_array import decode_rgb
from gld_shared.progress import Advance, silent
from gld_shared.tables import first_rows

_SIDE, _FREQUENCIES = 32, 8


class Fingerprint(NamedTuple):
    """The SHA-256 of a file's bytes and the perceptual hash (64 bits) of its pixels."""

    sha256: bytes
    perceptual_hash: int


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of a list's images: ids, SHA-256 (binary) and perceptual hashes."""

    ids: pl.Series
    sha256: pl.Series
    hashes: npt.NDArray[np.uint64]


def fingerprints(
    rows: pl.DataFrame, folder: Path, workers: int, advance: Advance = silent
) -> Fingerprints:
    """Compute the fingerprints of a list's images below ``folder``, once for each id.

    Raises DataError for the first unreadable image. Memory: about 150 bytes for each image, and the
    largest image once per thread.
    """
    images = first_rows(rows)
    digests: list[bytes] = []
    hashes = np.zeros(images.height, np.uint64)
    files = (folder / path for path in images["path"])
    with closing(map_in_order(fingerprint, files, workers)) as found:
        for row, (digest, perceptual) in enumerate(found):
            digests.append(digest)
            hashes[row] = perceptual
            advance(1)
    return Fingerprints(images["id"], pl.Series(digests, dtype=pl.Binary), hashes)


def fingerprint(path: Path) -> Fingerprint:
    """Compute an image file's fingerprint. Raises DataError naming a file it cannot read."""
    try:
        data = read_image_file(path)
        with holding_pixels():
            with errors_of(path):
                pixels = decode_rgb(data, at_least=(_SIDE, _SIDE))
            small = perceptual_hash(pixels)
    except DataError as error:
        raise DataError(f"{error}; gld-lists check finds all such images") from error
    return Fingerprint(hashlib.sha256(data).digest(), small)


def sha256_of(path: Path) -> bytes:
    """Compute the SHA-256 of a file's bytes. Raises DataError naming a file it cannot read."""
    return hashlib.sha256(read_image_file(path)).digest()


def perceptual_hash(pixels: npt.NDArray[np.uint8]) -> int:
    """Compute the perceptual hash, 64 bits, of an image ``(h, w, 3)`` RGB."""
    small = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64)
    waves = _cosines()
    strengths = (waves @ grey @ waves.T).ravel()
    bits = strengths > np.median(strengths)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """Return the cosine waves of the lowest frequencies over 32 points, one per row."""
    points = (np.arange(_SIDE) + 0.5) * np.pi / _SIDE
    waves: npt.NDArray[np.float64] = np.cos(np.outer(np.arange(_FREQUENCIES), points))
    return waves
