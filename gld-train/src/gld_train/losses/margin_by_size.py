"""Margins that depend on the number of images of a class."""

from dataclasses import dataclass
from typing import Annotated

import torch

from gld_train.config_range import Interval, Rule

# Up to pi/2, where ArcFace's logit of a perfect match is 0.
MARGIN = Interval(0, 1.57, "radians")


@dataclass(frozen=True)
class MarginBySizeConfig:
    """Section margin_by_size: a margin per class, in place of ``head.margin``.

    A class of n images gets factor * n^-power + offset, clamped to ``lowest``..``highest``, in the
    head's unit: radians for ArcFace.
    """

    enabled: bool = False
    factor: Annotated[float, Interval(0, 100)] = 0.5
    power: Annotated[float, Interval(0, 100)] = 0.25
    offset: Annotated[float, Interval(-100, 100)] = 0.05
    lowest: Annotated[float, MARGIN] = 0.05
    highest: Annotated[float, MARGIN] = 0.5

    def rules(self) -> list[Rule]:
        """Require bounds in order."""
        return [
            (
                self.lowest <= self.highest,
                f"margin_by_size.lowest: {self.lowest}, expected at most margin_by_size.highest, "
                f"{self.highest}",
            ),
        ]


def margins_by_size(counts: torch.Tensor, config: MarginBySizeConfig) -> torch.Tensor:
    """Return the margins of classes of ``counts`` (classes,) images, (classes,).

    Small landmarks get larger margins. A class without images counts as a class of 1. Source: Ha et
    al., Google Landmark Recognition 2020 Competition Third Place Solution, 2020.
    """
    sizes = counts.clamp(min=1).double()
    margins = config.factor * sizes.pow(-config.power) + config.offset
    return margins.clamp(config.lowest, config.highest).float()
