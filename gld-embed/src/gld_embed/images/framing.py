"""The area of an image that the network sees, and the sides that it is resized to."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from gld_shared.images.boxes import Area
from gld_shared.images.header import Sides
from gld_shared.images.settings import BUCKET, SQUASH, ImageSettings

# The shortest side of a resized image: a network's last layers have one value per 32 pixels.
SHORTEST = 32
ASPECTS = (1, 4 / 3, 3 / 2, 16 / 9)


@dataclass(frozen=True)
class Frame:
    """An area of an image, and the sides that it is resized to.

    ``whole`` are the sides of the upright image whose pixels ``area`` counts.
    """

    whole: Sides
    area: Area
    sides: Sides

    @property
    def at_least(self) -> Sides:
        """The least sides at which to decode the whole image, so that the area is not enlarged.

        Part of an image is decoded twice as large, since its edges are rounded once more.
        """
        spare = 1 if self.area.sides == self.whole else 2
        height, width = (
            math.ceil(spare * side * whole / part)
            for side, whole, part in zip(self.sides, self.whole, self.area.sides, strict=True)
        )
        return height, width

    def cut(self, image: torch.Tensor) -> torch.Tensor:
        """Cut the area ``(3, h, w)`` out of the whole image, which may be decoded smaller.

        In a smaller image the edges are off by at most half of its pixels, a quarter of a resized
        pixel.
        """
        if self.area.sides == self.whole:
            return image
        down, across = (image.shape[1] / self.whole[0], image.shape[2] / self.whole[1])
        rows = _scaled(self.area.top, self.area.bottom, down)
        columns = _scaled(self.area.left, self.area.right, across)
        return image[:, rows, columns]


def frame_area(whole: Sides, area: Area, settings: ImageSettings) -> Frame:
    """Return the frame of an area of an image with the sides ``whole``.

    ``squash``: a square. ``fit``: the aspect is kept, and the whole image is reduced until its
    longer side is ``size``; nothing is enlarged. This is the protocol of the Oxford and Paris
    landmarks (Radenovic et al., Fine-tuning CNN Image Retrieval, 2019): the object in a query's box
    has the scale of those in the index. ``bucket``: the nearest of ``buckets``.
    """
    if settings.resize == SQUASH:
        sides = (settings.size, settings.size)
    elif settings.resize == BUCKET:
        sides = nearest_bucket(area.sides, settings.size)
    else:
        scale = min(1, settings.size / max(whole))
        height, width = (max(SHORTEST, round(scale * side)) for side in area.sides)
        sides = (height, width)
    return Frame(whole, area, sides)


@lru_cache
def buckets(size: int) -> tuple[Sides, ...]:
    """Return a square, and 4:3, 3:2 and 16:9 in landscape and portrait, of about size^2 pixels.

    Sides are multiples of 32, so that a small size has fewer buckets.
    """
    found: list[Sides] = []
    for aspect in ASPECTS:
        short, long = (_rounded(size / aspect**0.5), _rounded(size * aspect**0.5))
        found += [(short, long), (long, short)]
    return tuple(dict.fromkeys(found))


def nearest_bucket(sides: Sides, size: int) -> Sides:
    """Return the bucket nearest in aspect ratio; of two, the one closer to a square."""
    aspect = sides[1] / sides[0]
    return min(buckets(size), key=lambda bucket: abs(math.log(aspect * bucket[0] / bucket[1])))


def _rounded(side: float) -> int:
    return SHORTEST * max(1, round(side / SHORTEST))


def _scaled(start: int, stop: int, scale: float) -> slice:
    """Return a range of pixels in an image of another scale, at least one pixel long."""
    last = max(1, math.floor(stop * scale + 0.5))
    return slice(min(math.floor(start * scale + 0.5), last - 1), last)
