"""The command gld-train, a file for each sub-command."""

from gld_train.cli import train, whiten
from gld_train.cli.group import main

__all__ = ["main", "train", "whiten"]
