"""The command gld-lists: a file for each sub-command."""

from gld_lists.cli import (
    download,
    expand,
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
    "expand",
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
