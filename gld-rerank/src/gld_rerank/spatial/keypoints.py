"""The keypoints of an image, and their bytes in a file."""

import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from gld_shared.images.header import Sides
from gld_shared.search.blocks import Floats

_HEADER = struct.Struct("<III")
_POINT_BYTES = 8


class Keypoints(NamedTuple):
    """The keypoints of an image: ``points`` (n, 2) float32, x and y in pixels; ``descriptors``.

    ``descriptors`` (n, d) have a type in which nothing that matching sees is lost. ``sides`` are
    height and width of the image in which they were found.
    """

    points: Floats
    descriptors: npt.NDArray[Any]
    sides: Sides


def no_keypoints(dimension: int, dtype: npt.DTypeLike, sides: Sides = (0, 0)) -> Keypoints:
    """Return the keypoints of an image that has none."""
    return Keypoints(np.empty((0, 2), np.float32), np.empty((0, dimension), dtype), sides)


def to_bytes(keypoints: Keypoints) -> bytes:
    """Return keypoints as bytes: their number and the sides, then points, then descriptors."""
    header = _HEADER.pack(len(keypoints.points), *keypoints.sides)
    return header + keypoints.points.tobytes() + keypoints.descriptors.tobytes()


def from_bytes(data: bytes, dimension: int, dtype: npt.DTypeLike) -> Keypoints:
    """Return the keypoints that ``to_bytes`` wrote, with descriptors of that length and type."""
    count, height, width = _HEADER.unpack_from(data)
    start = _HEADER.size + _POINT_BYTES * count
    points = np.frombuffer(data[_HEADER.size : start], np.float32).reshape(count, 2)
    descriptors = np.frombuffer(data[start:], dtype).reshape(count, dimension)
    return Keypoints(points, descriptors, (height, width))
