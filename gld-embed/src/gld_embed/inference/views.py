"""Several views of an image, at other sizes and mirrored, added up to one vector."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from gld_shared.errors import DataError
from gld_shared.images.header import Sides
from torch.nn import functional

# The sums of the views' vectors: of the vectors as they are, or first normalised to length 1.
RAW, NORMALISED = SUMS = ("raw", "normalised")
_STEP = 16
_LEAST_SCALE, _MOST_SCALE = 0.1, 10


@dataclass(frozen=True)
class Views:
    """An image at each of ``scales``, with ``flip`` also mirrored; ``sum`` is one of ``SUMS``.

    The reference recipe's sum is ``raw``: a view with longer vectors weighs more. Radenovic et al.
    (2019) use ``normalised``, where all views weigh the same. Raises DataError for scales outside
    0.1 to 10, or repeated.
    """

    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    sum: str = RAW

    def __post_init__(self) -> None:
        """Check the values, and sort the scales: their order does not change the protocol."""
        within = all(_LEAST_SCALE <= scale <= _MOST_SCALE for scale in self.scales)
        if not self.scales or not within or len(set(self.scales)) < len(self.scales):
            raise DataError(
                f"scales are {self.scales}, expected numbers from {_LEAST_SCALE} to {_MOST_SCALE}, "
                "each once"
            )
        if self.sum not in SUMS:
            raise DataError(f"the sum of views is {self.sum!r}, expected {' or '.join(SUMS)}")
        object.__setattr__(self, "scales", tuple(sorted(map(float, self.scales))))

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes for a store; the sum is included if there are several views."""
        several = len(self.scales) > 1 or self.flip
        kind = {"view_sum": self.sum} if several else {}
        return {"scales": list(self.scales), "flip": self.flip, **kind}


class MultiView:
    """A network called once for each view of a batch.

    Maps normalised images ``(b, 3, h, w)`` to vectors ``(b, dimension)`` of any length, as the
    network does. Memory: the views of one scale at a time.
    """

    def __init__(self, network: Callable[[torch.Tensor], torch.Tensor], views: Views) -> None:
        """Use ``network``, computed by any backend."""
        self._network = network
        self._views = views

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return the sum of the views' vectors, fp32."""
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
    """Scale images ``(b, 3, h, w)`` as the recipe does: bilinear, not antialiased."""
    if scale == 1:
        return images
    height, width = images.shape[2:]
    sides = scaled_sides((height, width), scale)
    return functional.interpolate(images, sides, mode="bilinear", align_corners=False)


def scaled_sides(sides: Sides, scale: float) -> Sides:
    """Return scaled sides, rounded down to a multiple of 16, at least 16."""
    height, width = (max(_STEP, int(side * scale // _STEP) * _STEP) for side in sides)
    return height, width
