"""What an image file is told by: the SHA-256 of its bytes, and a hash of how it looks.

The latter is the perceptual hash by the discrete cosine transform: the image as 32 x 32 pixels of
grey, its 64 lowest frequencies, a bit for each that says whether it is above their median. Images
that differ in size, compression or brightness have hashes that differ in few bits.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import polars as pl
from gld_shared.errors import DataError
from gld_shared.images.decode import decode_named
from gld_shared.images.threads import map_in_order
from gld_shared.tables import first_rows

_SIDE, _FREQUENCIES = 32, 8


class Fingerprint(NamedTuple):
    """The SHA-256 of a file's bytes, and the perceptual hash of its pixels."""

    sha256: bytes
    looks: int


@dataclass(frozen=True)
class Fingerprints:
    """Those of a list's images, row by row: ``ids``, ``sha256`` (binary) and ``looks`` (uint64)."""

    ids: pl.Series
    sha256: pl.Series
    looks: npt.NDArray[np.uint64]


def fingerprints(
    rows: pl.DataFrame, folder: Path, workers: int, done: Callable[[int], None] = lambda _: None
) -> Fingerprints:
    """The fingerprints of a list's images below ``folder``, by so many threads; each id once.

    Raises DataError for the first that cannot be read. Memory: about 150 bytes for each image, and
    for each thread the largest image.
    """
    images = first_rows(rows)
    digests: list[bytes] = []
    looks = np.zeros(images.height, np.uint64)
    files = (folder / path for path in images["path"])
    for row, found in enumerate(map_in_order(fingerprint, files, workers)):
        digests.append(found.sha256)
        looks[row] = found.looks
        done(1)
    return Fingerprints(images["id"], pl.Series(digests, dtype=pl.Binary), looks)


def fingerprint(path: Path) -> Fingerprint:
    """The fingerprint of an image file. Raises DataError naming it when it cannot be read."""
    try:
        data = read_bytes(path)
        pixels = decode_named(data, path, at_least=_SIDE).permute(1, 2, 0).numpy()
    except DataError as error:
        raise DataError(f"{error}; gld-lists check finds all such images") from error
    return Fingerprint(hashlib.sha256(data).digest(), perceptual_hash(pixels))


def sha256_of(path: Path) -> bytes:
    """The SHA-256 of a file's bytes. Raises DataError naming it when it cannot be read."""
    return hashlib.sha256(read_bytes(path)).digest()


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises DataError naming it when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def perceptual_hash(pixels: npt.NDArray[np.uint8]) -> int:
    """64 bits that tell how an image ``(h, w, 3)`` RGB looks."""
    small = cv2.resize(np.ascontiguousarray(pixels), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64)
    waves = _cosines()
    strengths = (waves @ grey @ waves.T).ravel()
    bits = strengths > np.median(strengths)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """The lowest cosine waves over 32 points, one per row."""
    points = (np.arange(_SIDE) + 0.5) * np.pi / _SIDE
    waves: npt.NDArray[np.float64] = np.cos(np.outer(np.arange(_FREQUENCIES), points))
    return waves
