"""What -v and -q change: which lines are said."""

import logging
import sys

import click

_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}
_VERBOSITY = "gld.verbosity"


def verbosity(context: click.Context | None) -> int:
    """-1 with -q, 0 by default, 1 with -v, 2 with -vv."""
    return 0 if context is None else int(context.meta.get(_VERBOSITY, 0))


def more_log(context: click.Context, _: click.Parameter, count: int) -> None:
    """The callback of -v."""
    if count:
        context.meta[_VERBOSITY] = min(count, 2)


def less_log(context: click.Context, _: click.Parameter, quiet: bool) -> None:
    """The callback of -q."""
    if quiet:
        context.meta[_VERBOSITY] = -1


def set_up_log(tool_name: str, level: int) -> None:
    """Log lines of gld's own packages go to stderr; other libraries' only when they warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"{tool_name}: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if level >= 0 else logging.ERROR)
    for package in ("shared", "lists", "train", "embed", "search", "rerank", "eval"):
        logging.getLogger(f"gld_{package}").setLevel(_LEVELS[level])
