"""One progress bar for all commands."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

from gld_shared.command.verbosity import verbosity
from gld_shared.text_encoding import shown_message


class Progress(Protocol):
    """A running progress bar."""

    def update(self, n_steps: int, current_item: str | None = None) -> None:
        """Advance by ``n_steps``; ``current_item`` replaces the rate."""


@contextmanager
def progress(
    total: int, label: str, unit: str = "it", show_position: bool = True
) -> Iterator[Progress]:
    """Show a bar with rate and time left on stderr, if that is a terminal and -q is not given.

    Without ``show_position`` it shows the percentage, for numbers too long to read.
    """
    context = click.get_current_context(silent=True)
    hidden = verbosity(context) < 0 or not sys.stderr.isatty()
    started = time.monotonic()

    def rate(item: object) -> str:
        if item:
            return shown_message(str(item))
        elapsed = max(time.monotonic() - started, 1e-9)
        return f"{_short(bar.pos / elapsed)} {unit}/s"

    # Bind the bar before entering it: entering draws it, which calls ``rate``.
    bar = click.progressbar(
        length=total,
        label=label,
        hidden=hidden,
        file=sys.stderr,
        show_pos=show_position,
        item_show_func=rate,
    )
    with bar:
        yield bar


def _short(number: float) -> str:
    """Return a number with one decimal, in millions or billions where it is that large."""
    for size, name in ((1e9, " billion"), (1e6, " million")):
        if number >= size:
            return f"{number / size:.1f}{name}"
    return f"{number:.1f}"
