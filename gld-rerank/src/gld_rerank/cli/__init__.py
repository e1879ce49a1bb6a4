"""The command gld-rerank: a file for each sub-command."""

from gld_rerank.cli import expand, fuse, landmark, reciprocal, superglobal
from gld_rerank.cli.group import main

__all__ = ["expand", "fuse", "landmark", "main", "reciprocal", "superglobal"]
