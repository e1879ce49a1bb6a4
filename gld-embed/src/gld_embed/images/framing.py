"""Which part of an image the network sees, and in how many pixels."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from gld_shared.images.orientation import Sides
from gld_shared.images.settings import BUCKET, SQUASH, ImageSettings

from gld_embed.images.boxes import Area

# No side is given fewer pixels: the last layers of a network see one value of so many.
SHORTEST = 32
ASPECTS = (1, 4 / 3, 3 / 2, 16 / 9)


@dataclass(frozen=True)
class Frame:
    """An area of an image, and the sides that it is resized to.

    ``whole`` are the sides of the upright image, of which ``area`` counts the pixels.
    """

    whole: Sides
    area: Area
    sides: Sides

    @property
    def at_least(self) -> Sides:
        """The sides that the whole image must be decoded at, so that the area is not enlarged.

        A part of an image is decoded twice as large, since its edges are rounded once more.
        """
        spare = 1 if self.area.sides == self.whole else 2
        height, width = (
            math.ceil(spare * side * whole / part)
            for side, whole, part in zip(self.sides, self.whole, self.area.sides, strict=True)
        )
        return height, width

    def cut(self, image: torch.Tensor) -> torch.Tensor:
        """The area's pixels ``(3, h, w)``, from the whole image, which may be decoded smaller.

        Its edges then lie within half a pixel of that smaller image, a quarter of a final one.
        """
        if self.area.sides == self.whole:
            return image
        down, across = (image.shape[1] / self.whole[0], image.shape[2] / self.whole[1])
        rows = _scaled(self.area.top, self.area.bottom, down)
        columns = _scaled(self.area.left, self.area.right, across)
        return image[:, rows, columns]


def frame_area(whole: Sides, area: Area, settings: ImageSettings) -> Frame:
    """The frame of an area of an image of those sides.

    ``squash``: a square. ``fit``: the aspect kept, and the whole image, which ``area`` is a part
    of, made smaller until its longer side is ``size``; nothing is made larger. This is the protocol
    of the Oxford and Paris landmarks (Radenovic et al., Fine-tuning CNN Image Retrieval, 2019):
    the object in a query's box has the scale of those in the index. ``bucket``: the nearest of
    ``buckets``.
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
    """A square, and 4:3, 3:2 and 16:9, lying and standing: about size * size pixels in each.

    Sides are multiples of 32, so that a small size has fewer of them.
    """
    found: list[Sides] = []
    for aspect in ASPECTS:
        short, long = (_rounded(size / aspect**0.5), _rounded(size * aspect**0.5))
        found += [(short, long), (long, short)]
    return tuple(dict.fromkeys(found))


def nearest_bucket(sides: Sides, size: int) -> Sides:
    """The bucket whose aspect is the nearest, as a ratio; of two the one nearer to a square."""
    aspect = sides[1] / sides[0]
    return min(buckets(size), key=lambda one: abs(math.log(aspect * one[0] / one[1])))


def _rounded(side: float) -> int:
    return SHORTEST * max(1, round(side / SHORTEST))


def _scaled(start: int, stop: int, scale: float) -> slice:
    """A range of pixels in an image of another scale, at least one of them."""
    last = max(1, math.floor(stop * scale + 0.5))
    return slice(min(math.floor(start * scale + 0.5), last - 1), last)
