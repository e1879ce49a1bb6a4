"""Batches of images of one shape, and their vectors in the order of the rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.work.units import Unit

from gld_embed.images.decoder import Image

_HELD_BATCHES = 8


class Batch(NamedTuple):
    """Images of a unit, all of one shape. The last batch of a unit is empty."""

    unit: Unit
    images: list[Image]

    @property
    def pixels(self) -> torch.Tensor:
        """Stack the images' pixels, uint8 ``(b, 3, h, w)``, on the GPU if any of them are there."""
        pixels = [image.pixels for image in self.images]
        gpu = next((each.device for each in pixels if each.is_cuda), None)
        if gpu is not None:
            return torch.stack([each.to(gpu) for each in pixels])
        # By numpy: torch would start all its threads for each image, and on busy cores their
        # waiting for each other takes several times as long as the decoding.
        return torch.from_numpy(np.stack([each.numpy() for each in pixels]))


class EmbeddedBatch(NamedTuple):
    """Rows of a unit and their vectors, fp32 ``(b, d)`` of length 1; NaN without a direction."""

    unit: Unit
    rows: list[int]
    vectors: npt.NDArray[np.float32]


@dataclass(frozen=True)
class EmbeddedUnit:
    """Vectors of a unit's rows, fp32 ``(rows, d)`` of length 1.

    Rows without an image are zero, and so are the rows ``broken``, whose vectors have length 0 or
    are not finite.
    """

    unit: Unit
    vectors: npt.NDArray[np.float32]
    broken: list[int] = field(default_factory=list)

    def add(self, batch: EmbeddedBatch) -> None:
        """Put the vectors of a batch at their rows."""
        for row, vector in zip(batch.rows, batch.vectors, strict=True):
            if np.isfinite(vector).all():
                self.vectors[row - self.unit.rows.start] = vector
            else:
                self.broken.append(row)


def batches_of(unit: Unit, images: Iterable[Image], size: int) -> Iterator[Batch]:
    """Group a unit's images into batches of one shape, ``size`` images each, then an empty one.

    The images of a batch depend on the unit alone. Memory: 8 batches of pixels: when that many
    images wait for more of their shapes, the most frequent shape goes in a smaller batch.
    """
    waiting: dict[torch.Size, list[Image]] = {}
    for image in images:
        alike = waiting.setdefault(image.pixels.shape, [])
        alike.append(image)
        if len(alike) == size:
            yield Batch(unit, waiting.pop(image.pixels.shape))
        elif sum(map(len, waiting.values())) == _HELD_BATCHES * size:
            most = max(waiting, key=lambda shape: len(waiting[shape]))
            yield Batch(unit, waiting.pop(most))
    for alike in waiting.values():
        yield Batch(unit, alike)
    yield Batch(unit, [])
