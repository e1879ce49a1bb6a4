"""The command gld-search: the search itself, and a file for each sub-command."""

from gld_search.cli import merge
from gld_search.cli.search import main

__all__ = ["main", "merge"]
