"""The command gld-lists: a file for each sub-command."""

from gld_lists.cli import (
    download,
    folder,
    google,
    sample,
    split,
    stats,
    submission,
    synthetic,
    truth,
)
from gld_lists.cli.group import main

__all__ = [
    "download",
    "folder",
    "google",
    "main",
    "sample",
    "split",
    "stats",
    "submission",
    "synthetic",
    "truth",
]
