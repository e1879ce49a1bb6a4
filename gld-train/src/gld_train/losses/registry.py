"""From the configuration to a head."""

import torch

from gld_train.config import Config
from gld_train.losses.arcface import ArcFace
from gld_train.losses.circle import Circle
from gld_train.losses.cosface import AMSoftmax, CosFace
from gld_train.losses.head import Head, Margin
from gld_train.losses.linear import Linear
from gld_train.losses.margins import margins_by_size

HEADS: dict[str, type[Head]] = {
    "arcface": ArcFace,
    "cosface": CosFace,
    "amsoftmax": AMSoftmax,
    "circle": Circle,
    "linear": Linear,
}


def build_head(config: Config, dimension: int, counts: torch.Tensor) -> Head:
    """The head for classes of ``counts`` (classes,) images each, its vectors drawn at random."""
    head = config.head
    margin: Margin = head.margin
    if config.margin_by_size.enabled:
        margin = margins_by_size(counts, config.margin_by_size)
    return HEADS[head.kind](dimension, len(counts), head.scale, margin, head.subcenters)
