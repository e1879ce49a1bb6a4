"""Progress of long work, reported by libraries and shown by commands."""

from typing import Protocol


class Advance(Protocol):
    """Callback of a running task, such as the ``update`` of a progress bar."""

    def __call__(self, count: int, text: str | None = None, /) -> object:
        """Report that ``count`` more items are done; ``text`` replaces the rate on display."""


def silent(count: int, text: str | None = None, /) -> None:
    """Show nothing."""
