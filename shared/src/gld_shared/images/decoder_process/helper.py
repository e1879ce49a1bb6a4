"""One decoder process, as seen from the process that started it."""

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from gld_shared.images.decoder_process.child import CPU_SECONDS, SECONDS, Wish
from gld_shared.images.decoder_process.messages import receive, send
from gld_shared.images.errors import AbsurdImageError
from gld_shared.images.memory import reserve

_PROGRAM = """
import socket, sys
sys.path[:] = {path!r}
from gld_shared.images.decoder_process.child import serve
serve(socket.socket(fileno=0))
"""
# The end of the command ends its decoder processes, not a signal sent to all of them.
_FOR_COMMANDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
_TIMES_OUT: dict[int, int] = {signal.SIGPROF: CPU_SECONDS, signal.SIGALRM: SECONDS}


# By default glibc returns the memory of each image to the system, which clears it for the next one:
# half of all that another process costs. So up to 128 MB are kept.
_KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}


class CrashError(Exception):
    """The decoder process has ended by a signal; the message says by which."""

    def __init__(self, number: int) -> None:
        """Take the signal's number."""
        seconds = _TIMES_OUT.get(number)
        text = f"no answer in {seconds} s" if seconds else f"the decoder crashed (signal {number})"
        super().__init__(text)
        self.is_kill = number == signal.SIGKILL


class Helper:
    """A decoder process; one thread at a time may use it."""

    def __init__(self) -> None:
        """Start the process. Raises OSError if the machine allows no more processes."""
        self._connection, theirs = socket.socketpair()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _FOR_COMMANDS)  # the process inherits it
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
                    stdin=theirs.fileno(),
                    env=_KEPT_MEMORY | os.environ,
                    # Decoders in C print about files what the caller reports anyway.
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
        except BaseException:
            self._connection.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def call(self, function: Callable[..., Any], arguments: tuple[object, ...]) -> tuple[bool, Any]:
        """Return whether the function has returned, and what, or the exception that it has raised.

        Raises CrashError if the process ends instead. After any exception it must be ended.
        """
        try:
            send(self._connection, (function, tuple(map(_uncopied, arguments))))
            while isinstance(answer := receive(self._connection, data_only=True), Wish):
                send(self._connection, _refusal(answer))
        except (EOFError, OSError) as error:
            code = self._process.wait()
            if code < 0:
                raise CrashError(-code) from error
            raise RuntimeError(f"the decoder process ended with exit code {code}") from error
        answered: tuple[bool, Any] = answer
        return answered

    def end(self) -> None:
        """End the process at once."""
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Leave the process to the one that forked this process."""
        self._connection.close()
        self._process.returncode = 0


def _uncopied(argument: object) -> object:
    return pickle.PickleBuffer(argument) if isinstance(argument, bytes) else argument


def _refusal(size: int) -> AbsurdImageError | None:
    try:
        reserve(size)
    except AbsurdImageError as error:
        return error
    return None
