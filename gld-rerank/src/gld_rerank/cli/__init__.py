"""The command gld-rerank: a file for each sub-command."""

from gld_rerank.cli import (
    augment,
    diffuse,
    expand,
    explore,
    fuse,
    labels,
    landmark,
    propagate,
    reciprocal,
    spatial,
    superglobal,
)
from gld_rerank.cli.group import main

__all__ = [
    "augment",
    "diffuse",
    "expand",
    "explore",
    "fuse",
    "labels",
    "landmark",
    "main",
    "propagate",
    "reciprocal",
    "spatial",
    "superglobal",
]
