"""The command gld-eval, with a file for each group of options."""

from gld_eval.cli.command import main

__all__ = ["main"]
