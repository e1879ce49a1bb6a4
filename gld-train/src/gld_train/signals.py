"""SIGTERM and SIGINT while training: finish the step, save, and only then end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interrupted(BaseException):
    """Training ended early at a signal, its state saved; ``exit_code`` is the shell's for it.

    No ``Exception``, so that nothing takes it for a failure to handle.
    """

    def __init__(self, number: int) -> None:
        """``number`` is the signal's."""
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


@dataclass
class Signals:
    """The signal that came last, 0 before any."""

    number: int = 0

    def received(self, number: int, frame: FrameType | None) -> None:
        """Remember it; a second one of the same kind ends the process as usual."""
        self.number = number
        again = signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler
        signal.signal(number, again)


@contextmanager
def noticed() -> Iterator[Signals]:
    """Notice the signals instead of ending by them, and put back what was there before."""
    signals = Signals()
    before = {number: signal.signal(number, signals.received) for number in _SIGNALS}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
