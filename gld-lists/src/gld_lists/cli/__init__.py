"""The command gld-lists: a file for each sub-command."""

from gld_lists.cli import folder, google, split, submission, synthetic, truth
from gld_lists.cli.group import main

__all__ = ["folder", "google", "main", "split", "submission", "synthetic", "truth"]
