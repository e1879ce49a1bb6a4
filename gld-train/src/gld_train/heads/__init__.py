"""Heads: what only training needs, from embeddings and labels to logits. One rule a file."""

from gld_train.heads.arcface import ArcFace
from gld_train.heads.base import Head
from gld_train.heads.circle import Circle
from gld_train.heads.cosface import AMSoftmax, CosFace
from gld_train.heads.linear import Linear
from gld_train.heads.registry import HEADS, build_head

__all__ = ["HEADS", "AMSoftmax", "ArcFace", "Circle", "CosFace", "Head", "Linear", "build_head"]
