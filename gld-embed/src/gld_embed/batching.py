"""One unit of work: the images of a chunk to its vectors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.errors import DataError

from gld_embed.images.decoder import Image

# Pixels uint8 (b, 3, h, w) to vectors (b, d) of length 1, not a number where there is none.
Network = Callable[[torch.Tensor], npt.NDArray[np.float32]]
_HELD_BATCHES = 8


@dataclass(frozen=True)
class Embedded:
    """A unit's vectors, fp32 ``(rows, d)`` of length 1.

    The rows of ``unreadable`` images are zero; those of ``broken`` ones have no length or are not
    finite.
    """

    vectors: npt.NDArray[np.float32]
    unreadable: dict[int, DataError] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)


def embed_unit(
    images: Iterable[Image], rows: range, network: Network, dimension: int, batch: int
) -> Embedded:
    """Embed a unit's images, ``batch`` of one shape at a time.

    Which images share a batch depends on the unit alone, and so does every bit of the result on
    the same machine. Memory: the vectors, and 8 batches of pixels: when images of many shapes wait
    for more of their kind, those of the most frequent shape go in a smaller batch.
    """
    result = Embedded(np.zeros((len(rows), dimension), np.float32))
    waiting: dict[torch.Size, list[Image]] = {}
    for image in images:
        if isinstance(image.pixels, DataError):
            result.unreadable[image.row] = image.pixels
            continue
        alike = waiting.setdefault(image.pixels.shape, [])
        alike.append(image)
        if len(alike) == batch:
            _embed(waiting.pop(image.pixels.shape), rows, network, result)
        elif sum(map(len, waiting.values())) == _HELD_BATCHES * batch:
            most = max(waiting, key=lambda shape: len(waiting[shape]))
            _embed(waiting.pop(most), rows, network, result)
    for alike in waiting.values():
        _embed(alike, rows, network, result)
    return result


def _embed(images: list[Image], rows: range, network: Network, result: Embedded) -> None:
    vectors = network(_stack(images))
    for image, vector in zip(images, vectors, strict=True):
        if np.isfinite(vector).all():
            result.vectors[image.row - rows.start] = vector
        else:
            result.broken.append(image.row)


def _stack(images: list[Image]) -> torch.Tensor:
    # Copied by numpy: torch would start all its threads for each image, whose waiting for one
    # another costs several times the decoding where the cores are busy.
    pixels = [image.pixels.numpy() for image in images if isinstance(image.pixels, torch.Tensor)]
    return torch.from_numpy(np.stack(pixels))
