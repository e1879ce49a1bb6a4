"""Several views of an image, at other sizes and mirrored, added to one vector."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from gld_shared.errors import DataError
from gld_shared.images.orientation import Sides
from torch.nn import functional

# How the vectors of the views are added: as they are, or each made of length 1 before.
RAW, NORMALISED = SUMS = ("raw", "normalised")
_STEP = 16


@dataclass(frozen=True)
class Views:
    """An image at each of ``scales``, with ``flip`` also mirrored; ``sum`` is one of ``SUMS``.

    ``raw`` is the reference recipe's: a view of larger vectors weighs more. ``normalised`` is that
    of Radenovic et al. (2019), where all weigh the same. Raises DataError on scales that are not
    positive, or that stand twice.
    """

    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    sum: str = RAW

    def __post_init__(self) -> None:
        """Check the values, and put the scales in order: another order is not another protocol."""
        positive = all(math.isfinite(scale) and scale > 0 for scale in self.scales)
        if not self.scales or not positive or len(set(self.scales)) < len(self.scales):
            raise DataError(f"scales are {self.scales}, expected positive numbers, each once")
        if self.sum not in SUMS:
            raise DataError(f"the sum of views is {self.sum!r}, expected {' or '.join(SUMS)}")
        object.__setattr__(self, "scales", tuple(sorted(self.scales)))

    def to_dict(self) -> dict[str, Any]:
        """What a store records; the kind of sum only where there is something to add."""
        several = len(self.scales) > 1 or self.flip
        kind = {"view_sum": self.sum} if several else {}
        return {"scales": list(self.scales), "flip": self.flip, **kind}


class MultiView:
    """A network called once for each view of a batch.

    Takes images ``(b, 3, h, w)``, normalised, to vectors ``(b, dimension)``, of any length, as the
    network does. Memory: the views of one scale at a time.
    """

    def __init__(self, network: Callable[[torch.Tensor], torch.Tensor], views: Views) -> None:
        """Any network will do, whatever computes it."""
        self._network = network
        self._views = views

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """The sum of the views' vectors, fp32."""
        total: torch.Tensor | None = None
        for view in self._all(images):
            vectors = self._network(view).float()
            if self._views.sum == NORMALISED:
                vectors = vectors / vectors.norm(dim=1, keepdim=True)
            total = vectors if total is None else total + vectors
        assert total is not None
        return total

    def _all(self, images: torch.Tensor) -> Iterator[torch.Tensor]:
        for scale in self._views.scales:
            view = scaled(images, scale)
            yield view
            if self._views.flip:
                yield view.flip(3)


def scaled(images: torch.Tensor, scale: float) -> torch.Tensor:
    """Images ``(b, 3, h, w)`` at another scale, the recipe's way: bilinear, not antialiased."""
    if scale == 1:
        return images
    height, width = images.shape[2:]
    sides = scaled_sides((height, width), scale)
    return functional.interpolate(images, sides, mode="bilinear", align_corners=False)


def scaled_sides(sides: Sides, scale: float) -> Sides:
    """Sides at another scale, down to the next multiple of 16, but no less than that."""
    height, width = (max(_STEP, int(side * scale // _STEP) * _STEP) for side in sides)
    return height, width
