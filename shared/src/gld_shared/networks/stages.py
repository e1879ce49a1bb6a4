"""The stages of a backbone, from its stem to its last feature map."""

from typing import Any

from timm.models import group_parameters
from torch import nn


def stages_of(backbone: nn.Module) -> list[list[str]]:
    """Return the names of the parameters of each stage, the stem first; empty if none are known.

    The groups are timm's: the blocks at one resolution of a convolutional network, one block of a
    transformer. Layers after the blocks belong to the last stage.
    """
    matcher = getattr(backbone, "group_matcher", None)
    if matcher is None:
        return []
    groups: dict[Any, list[str]] = group_parameters(backbone, matcher(coarse=True))
    return [names for _, names in sorted(groups.items())]
