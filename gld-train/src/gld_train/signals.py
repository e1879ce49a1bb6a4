"""Signals that end a training: it finishes the step, saves the state, and only then ends."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from gld_shared.work.end_signals import END_SIGNALS, handling, not_ignored

# Seconds within which a signal is the same one.
_SAME = 1.0


class Interrupted(BaseException):
    """Training ended early by a signal, its state saved; ``exit_code`` is as in a shell.

    Not an ``Exception``, so that handlers of errors do not catch it.
    """

    def __init__(self, number: int) -> None:
        """Take the number of the signal."""
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


@dataclass
class Signals:
    """The number of the first signal, 0 before any, and when each kind came first."""

    number: int = 0
    times: dict[int, float] = field(default_factory=dict)

    def received(self, number: int, frame: FrameType | None) -> None:
        """Remember the signal; a second one of its kind ends the process as usual.

        One that comes within a second is the same one, sent to the process and to its group.
        """
        self.number = self.number or number
        if time.monotonic() - self.times.setdefault(number, time.monotonic()) < _SAME:
            return
        signal.signal(
            number, signal.SIG_DFL if number in END_SIGNALS else signal.default_int_handler
        )
        os.kill(os.getpid(), number)


@contextmanager
def deferred_signals() -> Iterator[Signals]:
    """Record signals in the block instead of ending the process; restore the handlers after it."""
    signals = Signals()
    numbers = [*not_ignored(END_SIGNALS), signal.SIGINT]
    with handling(dict.fromkeys(numbers, signals.received)):
        yield signals
