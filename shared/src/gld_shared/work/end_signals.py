"""The signals that ask a process to end, and how it cleans up before it does."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

END_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], Any] | int | None


class Ended(BaseException):
    """A signal asks this process to end; ``exit_code`` is as in a shell.

    Not an ``Exception``, so that handlers of errors do not catch it.
    """

    def __init__(self, number: int) -> None:
        """Take the number of the signal."""
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.exit_code = 128 + number


@contextmanager
def handling(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """Install other signal handlers within a block."""
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def not_ignored(numbers: Iterable[int]) -> list[int]:
    """Return the signals that this process does not ignore, as it does SIGHUP under nohup."""
    return [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]


@contextmanager
def raising_ended() -> Iterator[None]:
    """Raise Ended in the main thread at SIGTERM or SIGHUP, so that the block cleans up.

    A second signal of the same kind ends the process at once. A signal that is ignored (nohup) or
    has a handler keeps it. Outside the main thread, which alone may set handlers, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        if os.getpid() != ours:
            # A forked child has inherited this handler, but not the work to clean up.
            os.kill(os.getpid(), number)
        raise Ended(number)

    free = [number for number in END_SIGNALS if signal.getsignal(number) == signal.SIG_DFL]
    with handling(dict.fromkeys(free, end)):
        yield
