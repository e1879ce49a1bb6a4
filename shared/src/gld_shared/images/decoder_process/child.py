"""The decoder process: calls functions for the process that started it, until that ends."""

import resource
import signal
import socket
import traceback
from collections.abc import Callable
from functools import partial

from gld_shared.errors import DataError
from gld_shared.images.decoder_process.messages import receive, send
from gld_shared.images.memory import reserve_elsewhere

# A busy machine lengthens the time of an image, but not the CPU time. A decoder whose threads wait
# for each other takes no CPU time.
CPU_SECONDS, SECONDS = 30, 120


class Wish(int):
    """A number of bytes of pixels that this process would like to decode."""


def serve(connection: socket.socket) -> None:
    """Answer calls until the other process closes the connection.

    A call ends this process by a signal after 30 s of CPU time, or 120 s.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM, signal.SIGPROF})
    reserve_elsewhere(partial(_reserve, connection))
    while True:
        try:
            call = receive(connection)
        except EOFError:
            return
        send(connection, _answer(*call))


def _answer(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[bool, object]:
    """Return whether the function has returned, and what, or the exception that it has raised."""
    try:
        _limit_time(CPU_SECONDS, SECONDS)
        return True, function(*arguments)
    except (DataError, MemoryError) as error:
        return False, error
    except Exception as error:  # a fault of gld, which the other process reports
        own = type(error).__module__.startswith(("builtins", "gld_"))
        sent = error if own else RuntimeError(f"{type(error).__name__}: {error}")
        sent.add_note(traceback.format_exc())
        return False, sent
    finally:
        _limit_time(0, 0)


def _limit_time(cpu_seconds: int, seconds: int) -> None:
    """End this process by a signal after so many seconds; 0 is no limit."""
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    signal.alarm(seconds)


def _reserve(connection: socket.socket, size: int) -> None:
    """Ask the other process, and wait for the answer; the wait does not count as decoding."""
    _limit_time(0, 0)
    send(connection, Wish(size))
    refusal = receive(connection)
    if refusal is not None:
        raise refusal
    _limit_time(CPU_SECONDS, SECONDS)
