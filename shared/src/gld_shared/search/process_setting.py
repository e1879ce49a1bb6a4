"""A setting of the whole process that several searches need at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class ProcessSetting:
    """A setting that the first of several blocks changes, in any thread, and the last restores."""

    def __init__(self, change: Callable[[], Callable[[], None]]) -> None:
        """Change nothing yet. ``change`` does, and returns the function that restores."""
        self._change = change
        self._restore: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._blocks = 0

    @contextmanager
    def changed(self) -> Iterator[None]:
        """Keep the setting changed until the end of the block."""
        with self._lock:
            if not self._blocks:
                self._restore = self._change()
            self._blocks += 1
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                if not self._blocks:
                    self._restore()
