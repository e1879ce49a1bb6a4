"""Batches of images of one shape, and their vectors in the order of the rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from gld_embed.images.decoder import Image

# Pixels uint8 (b, 3, h, w) to vectors (b, d) of length 1; a row is NaN if it has no direction.
Encode = Callable[[torch.Tensor], npt.NDArray[np.float32]]
_HELD_BATCHES = 8


@dataclass(frozen=True)
class Embedded:
    """Vectors of a unit's rows, fp32 ``(rows, d)`` of length 1.

    Rows without an image are zero, and so are the rows ``broken``, whose vectors have length 0 or
    are not finite.
    """

    vectors: npt.NDArray[np.float32]
    broken: list[int] = field(default_factory=list)


def embed_unit(
    images: Iterable[Image], rows: range, encode: Encode, dimension: int, batch: int
) -> Embedded:
    """Embed a unit's images, ``batch`` of one shape at a time.

    The images of a batch depend on the unit alone, and so does every bit of the result on the same
    machine. Memory: the vectors, and 8 batches of pixels: when that many images wait for more of
    their shapes, the most frequent shape is embedded in a smaller batch.
    """
    result = Embedded(np.zeros((len(rows), dimension), np.float32))
    waiting: dict[torch.Size, list[Image]] = {}
    for image in images:
        alike = waiting.setdefault(image.pixels.shape, [])
        alike.append(image)
        if len(alike) == batch:
            _embed(waiting.pop(image.pixels.shape), rows, encode, result)
        elif sum(map(len, waiting.values())) == _HELD_BATCHES * batch:
            most = max(waiting, key=lambda shape: len(waiting[shape]))
            _embed(waiting.pop(most), rows, encode, result)
    for alike in waiting.values():
        _embed(alike, rows, encode, result)
    return result


def _embed(images: list[Image], rows: range, encode: Encode, result: Embedded) -> None:
    # Stack with numpy: torch would start all its threads for each image, and on busy cores their
    # waiting for each other takes several times as long as the decoding.
    pixels = torch.from_numpy(np.stack([image.pixels.numpy() for image in images]))
    for image, vector in zip(images, encode(pixels), strict=True):
        if np.isfinite(vector).all():
            result.vectors[image.row - rows.start] = vector
        else:
            result.broken.append(image.row)
