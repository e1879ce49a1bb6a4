"""From the configuration to a head."""

import torch

from gld_train.config import Config
from gld_train.heads.arcface import ArcFace
from gld_train.heads.base import Head, Margin
from gld_train.heads.circle import Circle
from gld_train.heads.cosface import AMSoftmax, CosFace
from gld_train.heads.linear import Linear
from gld_train.heads.margins import margins_by_size

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
