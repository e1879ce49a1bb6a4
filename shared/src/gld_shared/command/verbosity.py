"""The log lines that -v and -q select."""

import logging
import sys

import click

from gld_shared.command.messages import LogFormatter

_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}
# Libraries that report failures of the network again and again; gld's own error says it once.
_REPETITIVE = (
    "huggingface_hub", "httpx", "httpx2", "urllib3", "google", "fsspec", "gcsfs", "s3fs",
    "botocore", "aiobotocore", "aiohttp", "asyncio",
)  # fmt: skip
_VERBOSITY = "gld.verbosity"


def verbosity(context: click.Context | None) -> int:
    """Return -1 with -q, 0 by default, 1 with -v, 2 with -vv."""
    return 0 if context is None else int(context.meta.get(_VERBOSITY, 0))


def more_log(context: click.Context, _: click.Parameter, count: int) -> None:
    """Raise the verbosity: the callback of -v."""
    if count:
        context.meta[_VERBOSITY] = min(count, 2)


def less_log(context: click.Context, _: click.Parameter, quiet: bool) -> None:
    """Lower the verbosity: the callback of -q."""
    if quiet:
        context.meta[_VERBOSITY] = -1


def set_up_log(tool_name: str, level: int) -> None:
    """Send log lines of gld's packages to stderr, and warnings of other libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter(tool_name))
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if level >= 0 else logging.ERROR)
    for library in _REPETITIVE:
        logging.getLogger(library).setLevel(logging.NOTSET if level > 1 else logging.CRITICAL)
    for package in ("shared", "lists", "train", "embed", "search", "rerank", "eval"):
        logging.getLogger(f"gld_{package}").setLevel(_LEVELS[level])
