"""Heads: what only training needs, from embeddings and labels to logits. One rule a file."""

from gld_train.losses.arcface import ArcFace
from gld_train.losses.circle import Circle
from gld_train.losses.cosface import AMSoftmax, CosFace
from gld_train.losses.head import Head
from gld_train.losses.linear import Linear
from gld_train.losses.registry import HEADS, build_head

__all__ = ["HEADS", "AMSoftmax", "ArcFace", "Circle", "CosFace", "Head", "Linear", "build_head"]
