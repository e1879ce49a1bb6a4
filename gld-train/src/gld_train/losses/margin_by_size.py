"""Margins that depend on the number of images of a class."""

from dataclasses import dataclass

import torch

from gld_train.config_rule import Rule


@dataclass(frozen=True)
class MarginBySizeConfig:
    """Section margin_by_size: a margin per class, in place of ``head.margin``.

    A class of n images gets factor * n^-power + offset, clamped to ``lowest``..``highest``, in the
    head's unit: radians for ArcFace.
    """

    enabled: bool = False
    factor: float = 0.5
    power: float = 0.25
    offset: float = 0.05
    lowest: float = 0.05
    highest: float = 0.5

    def rules(self) -> list[Rule]:
        """Ranges of the values."""
        return [
            (
                0 <= self.lowest <= self.highest < 1.58,
                "margin_by_size.lowest, highest: expected 0 <= lowest <= highest < pi/2",
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
