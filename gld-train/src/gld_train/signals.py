"""Signals that end a training: it finishes the step, saves the state, and only then ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from gld_shared.work.end_signals import END_SIGNALS, handling, not_ignored


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
    """The number of the first signal, 0 before any."""

    number: int = 0

    def received(self, number: int, frame: FrameType | None) -> None:
        """Remember the signal; a second one of its kind ends the process as usual."""
        self.number = self.number or number
        again = signal.SIG_DFL if number in END_SIGNALS else signal.default_int_handler
        signal.signal(number, again)


@contextmanager
def deferred_signals() -> Iterator[Signals]:
    """Record signals in the block instead of ending the process; restore the handlers after it."""
    signals = Signals()
    numbers = [*not_ignored(END_SIGNALS), signal.SIGINT]
    with handling(dict.fromkeys(numbers, signals.received)):
        yield signals
