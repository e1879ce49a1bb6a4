"""The exception of a signal at any moment of a function."""

import gc
import signal
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gld_shared.work.critical_frames import is_critical
from gld_shared.work.end_signals import Ended


class Interruption:
    """Raises Ended where Python handles signals: at the start of a function, after one in C."""

    def __init__(self, at: int) -> None:
        """Take the number of the moment, from 1 on."""
        self.left: int | None = at

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Count an event of Python's profiler."""
        if event in ("call", "c_return") and self.left is not None:
            self.left -= 1
            # In a callback of weak references, an exception is lost, and raised again later.
            if self.left <= 0 and not (is_critical(frame) or _is_callback(frame)):
                self.left = None
                raise Ended(signal.SIGTERM)


def _is_callback(frame: FrameType) -> bool:
    return frame.f_code.co_filename == weakref.__file__


@contextmanager
def interrupted(at: int) -> Iterator[None]:
    """Raise Ended once within the block, at a moment of it, or not if it has fewer moments.

    No garbage is collected in the block: the destructors of what other tests left might catch the
    exception.
    """
    gc.disable()
    sys.setprofile(Interruption(at))
    try:
        yield
    finally:
        sys.setprofile(None)
        gc.enable()
