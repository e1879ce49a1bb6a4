"""Boxes of a list, and the pixels that they hold."""

import math
from dataclasses import dataclass

import polars as pl

from gld_shared.errors import DataError
from gld_shared.images.header import Sides
from gld_shared.tables.kinds import BOX

Box = tuple[float, float, float, float]
# Rounding, or counting from 1, may put an edge this far outside the image; it is clipped.
_OVERSHOOT = 1


@dataclass(frozen=True)
class Area:
    """Whole pixels of an image, from ``top`` and ``left`` up to ``bottom`` and ``right``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def sides(self) -> Sides:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left


def box_of(rows: pl.DataFrame, row: int) -> Box | None:
    """Return a row's box, or None where it has none."""
    if BOX[0] not in rows.columns:
        return None
    x0, y0, x1, y1 = (rows[column][row] for column in BOX)
    return None if x0 is None else (x0, y0, x1, y1)


def area_of(box: Box | None, whole: Sides) -> Area:
    """Return the pixels in a box, its edges rounded; without a box, those of the whole image.

    Raises DataError when the box leaves the image by more than a pixel.
    """
    height, width = whole
    if box is None:
        return Area(0, 0, height, width)
    x0, y0, x1, y1 = box
    if x0 >= width or y0 >= height or x1 > width + _OVERSHOOT or y1 > height + _OVERSHOOT:
        raise DataError(
            f"the box {x0:g} {y0:g} {x1:g} {y1:g} leaves the image, which is {width} x {height} "
            "pixels when upright; fix x0 y0 x1 y1 in the list"
        )
    top, bottom = _edges(y0, y1, height)
    left, right = _edges(x0, x1, width)
    return Area(top, left, bottom, right)


def _edges(start: float, stop: float, side: int) -> tuple[int, int]:
    first = min(math.floor(start + 0.5), side - 1)
    return first, max(first + 1, min(math.floor(stop + 0.5), side))
