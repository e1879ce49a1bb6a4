"""One progress bar for all commands."""

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import click

from gld_shared.command.verbosity import verbosity
from gld_shared.text_encoding import shown_message

_SECONDS, _AT_ONCE = 30.0, 1.0
# Rare steps, such as those of other processes, are more than a window apart.
_FEWEST = 4


class Progress(Protocol):
    """A running progress bar."""

    def update(self, n_steps: int, current_item: str | None = None) -> None:
        """Advance by ``n_steps``; ``current_item`` replaces the rate."""


class RecentRate:
    """Steps per second in about the last half minute.

    The mean since the start would mislead after a resumed command has counted, at once, what an
    earlier run had done: what comes within a second of the first steps is left out later.
    """

    def __init__(self) -> None:
        """Start to count now."""
        self._samples = deque([(time.monotonic(), 0)])
        self._first: float | None = None

    def add(self, n_steps: int) -> float:
        """Count steps, and return the rate, which is 0 before the first."""
        now, position = time.monotonic(), self._samples[-1][1] + n_steps
        if self._first is None:
            self._first = now
        elif self._samples[0][0] <= self._first < now - _AT_ONCE:
            while len(self._samples) > 1 and self._samples[1][0] <= self._first + _AT_ONCE:
                self._samples.popleft()
        self._samples.append((now, position))
        while len(self._samples) > _FEWEST and self._samples[1][0] < now - _SECONDS:
            self._samples.popleft()
        return self.value

    @property
    def value(self) -> float:
        """The rate at the last count."""
        (start, first), (now, last) = self._samples[0], self._samples[-1]
        return max(last - first, 0) / max(now - start, 1e-9)


class SteadyBar:
    """A bar of click's, whose rate and time left are those of the last half minute."""

    def __init__(self, bar: Any, recent: RecentRate) -> None:
        """Take a bar that shows ``recent``."""
        self._bar = bar
        self._recent = recent

    def update(self, n_steps: int, current_item: str | None = None) -> None:
        """See ``Progress``."""
        rate = self._recent.add(n_steps)
        if rate:
            # From this moment and the position, click computes the time left.
            self._bar.start = time.time() - (self._bar.pos + n_steps) / rate
        self._bar.update(n_steps, current_item)


@contextmanager
def progress(
    total: int, label: str, unit: str = "it", show_position: bool = True
) -> Iterator[Progress]:
    """Show a bar with rate and time left on stderr, if that is a terminal and -q is not given.

    Without ``show_position`` it shows the percentage, for numbers too long to read.
    """
    context = click.get_current_context(silent=True)
    hidden = verbosity(context) < 0 or not sys.stderr.isatty()
    recent = RecentRate()

    def rate(item: object) -> str:
        return shown_message(str(item)) if item else f"{_short(recent.value)} {unit}/s"

    bar = click.progressbar(
        length=total,
        label=label,
        hidden=hidden,
        file=sys.stderr,
        show_pos=show_position,
        item_show_func=rate,
    )
    with bar:
        yield SteadyBar(bar, recent)


def _short(number: float) -> str:
    """Return a number with one decimal, in millions or billions where it is that large."""
    for size, name in ((1e9, " billion"), (1e6, " million")):
        if number >= size:
            return f"{number / size:.1f}{name}"
    return f"{number:.1f}"
