"""The command gld-lists, with a file for each sub-command."""

from gld_lists.cli import (
    audit,
    check,
    download,
    duplicates,
    expand,
    folder,
    google,
    resize,
    sample,
    split,
    stats,
    submission,
    synthetic,
    truth,
)
from gld_lists.cli.group import main

__all__ = [
    "audit",
    "check",
    "download",
    "duplicates",
    "expand",
    "folder",
    "google",
    "main",
    "resize",
    "sample",
    "split",
    "stats",
    "submission",
    "synthetic",
    "truth",
]
