"""Classification heads and losses: from embeddings and labels to the loss of a step."""

from gld_train.losses.arcface import ArcFace
from gld_train.losses.circle import Circle
from gld_train.losses.cosface import AMSoftmax, CosFace
from gld_train.losses.head import Head
from gld_train.losses.head_config import HeadConfig, build_head
from gld_train.losses.linear import Linear
from gld_train.losses.registry import HEADS

__all__ = [
    "HEADS",
    "AMSoftmax",
    "ArcFace",
    "Circle",
    "CosFace",
    "Head",
    "HeadConfig",
    "Linear",
    "build_head",
]
