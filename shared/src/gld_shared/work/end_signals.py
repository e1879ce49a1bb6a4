"""The signals that ask a process to end, and how it cleans up before it does."""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from gld_shared.work.critical_frames import is_critical

END_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], Any] | int | None
_RETRY_SECONDS, _TRIES, _TIMES_OF_WAIT = 0.01, 30, 3


class Ended(BaseException):
    """A signal asks this process to end; ``exit_code`` is as in a shell.

    Not an ``Exception``, so that handlers of errors do not catch it.
    """

    def __init__(self, number: int) -> None:
        """Take the number of the signal."""
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number
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

    Ended, and KeyboardInterrupt at Ctrl-C, is raised a little later where it would leave a lock
    held for ever or a file that was just created, raised again where code in C could not pass it
    on, and replaces the error that code in C makes of it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    end = _End()
    free = [number for number in END_SIGNALS if signal.getsignal(number) == signal.SIG_DFL]
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        free.append(signal.SIGINT)
    with handling({**dict.fromkeys(free, end), signal.SIGALRM: end}), _noticing_lost(end):
        try:
            yield
        except BaseException as error:
            if not end.number:
                raise
            _free_unfinished(error)
            if isinstance(error, Exception):
                raise end.error() from error
            raise
        finally:
            end.stop()


def _free_unfinished(error: BaseException | None) -> None:
    """Free what the frames of an error hold, while errors of destructors are not reported.

    A destructor of an object that a signal kept from being made finds less than it expects.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


class _End:
    """The handler of a block's signals, and of the timer by which it tries again."""

    def __init__(self) -> None:
        self.number = 0
        self._owner = os.getpid()
        self._place: tuple[int, int] | None = None
        self._times_here = self._tries = 0
        self._stopped = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Raise the error, or set the timer."""
        if os.getpid() != self._owner:
            # A forked child has inherited this handler, but not the work to clean up.
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        if number in END_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        if number != signal.SIGALRM:
            self.number, self._tries = number, 0
        if not self.number or (self._stopped and number == signal.SIGALRM):
            return
        if self._stopped:
            raise self.error()
        self._tries += 1
        if frame and self._tries < _TRIES and is_critical(frame) and not self._waits(frame):
            self.retry()
            return
        raise self.error()

    def _waits(self, frame: FrameType) -> bool:
        """Return whether it has been at one place for a while: a wait is prepared for exceptions.

        Once may be chance, when the system has paused the process.
        """
        place = (id(frame), frame.f_lasti)
        self._times_here = self._times_here + 1 if place == self._place else 0
        self._place = place
        return self._times_here == _TIMES_OF_WAIT

    def error(self) -> BaseException:
        """Return the exception that the last signal raises."""
        return KeyboardInterrupt() if self.number == signal.SIGINT else Ended(self.number)

    def retry(self) -> None:
        """Be called again soon, by a signal: starting a thread may need a lock that is held."""
        signal.setitimer(signal.ITIMER_REAL, _RETRY_SECONDS)

    def stop(self) -> None:
        """Stop the timer: nothing is left to clean up, so the error is raised anywhere."""
        self._stopped = True
        if self.number:
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _noticing_lost(end: _End) -> Iterator[None]:
    """Try again after an exception that Python could only report, such as in a destructor.

    Other errors there are consequences, once a signal has come.
    """
    before = sys.unraisablehook

    def notice(lost: "sys.UnraisableHookArgs") -> None:
        if not end.number:
            before(lost)
        elif issubclass(lost.exc_type, Ended | KeyboardInterrupt):
            end.retry()

    sys.unraisablehook = notice
    try:
        yield
    finally:
        sys.unraisablehook = before
