"""Margins by class size."""

import torch

from gld_train.config.sections import MarginBySize


def margins_by_size(counts: torch.Tensor, rule: MarginBySize) -> torch.Tensor:
    """A class of n images gets factor * n^-power + offset, within lowest..highest; (classes,).

    Small landmarks are told apart by more. A class without images counts as one of 1. Source: Ha
    et al., Google Landmark Recognition 2020 Competition Third Place Solution, 2020.
    """
    sizes = counts.clamp(min=1).double()
    margins = rule.factor * sizes.pow(-rule.power) + rule.offset
    return margins.clamp(rule.lowest, rule.highest).float()
