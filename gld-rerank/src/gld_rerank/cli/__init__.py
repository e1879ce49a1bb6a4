"""The command gld-rerank: a file for each sub-command."""

from gld_rerank.cli import expand, landmark
from gld_rerank.cli.group import main

__all__ = ["expand", "landmark", "main"]
