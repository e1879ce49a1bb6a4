"""One progress bar for all commands."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

from gld_shared.command.verbosity import verbosity


class Progress(Protocol):
    """What a running progress bar can be told."""

    def update(self, n_steps: int, current_item: str | None = None) -> None:
        """So many more are done; ``current_item`` is shown in place of the rate."""


class _Silent:
    def update(self, n_steps: int, current_item: str | None = None) -> None:
        """Say nothing."""


@contextmanager
def progress(total: int, label: str, unit: str = "it") -> Iterator[Progress]:
    """A bar on stderr with rate and time left; silent where stderr is no terminal, and with -q."""
    context = click.get_current_context(silent=True)
    if verbosity(context) < 0 or not sys.stderr.isatty():
        yield _Silent()
        return
    started = time.monotonic()

    def rate(item: object) -> str:
        if item:
            return str(item)
        elapsed = max(time.monotonic() - started, 1e-9)
        return f"{bar.pos / elapsed:.1f} {unit}/s"

    # Bound before it is entered: entering draws it, and asks for the rate.
    bar = click.progressbar(
        length=total, label=label, file=sys.stderr, show_pos=True, item_show_func=rate
    )
    with bar:
        yield bar
