"""A command in a forked child, which a signal can end at a chosen operation on files."""

import mmap
import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from gld_shared.work.end_signals import Ended

OPERATIONS = ("replace", "rename", "fsync", "mkdir", "unlink", "rmdir")
SECONDS = 120.0


@dataclass(frozen=True)
class End:
    """The end of a child: its exit code, negative for a signal, and what it wrote to stderr."""

    exit_code: int
    stderr: str
    operations: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """What ends a child early.

    ``signal`` is sent at operation number ``at`` on files, before it or, if ``after``, after it.
    Without ``at``, it is sent ``seconds`` after the start. ``file_size`` is the largest file.
    """

    signal: int = signal.SIGKILL
    at: int | None = None
    after: bool = False
    seconds: float | None = None
    file_size: int | None = None


NO_LIMITS = Limits()


class Child:
    """A child that runs a command in a folder."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, limits: Limits = NO_LIMITS):
        """Fork, and start the command."""
        self._count = mmap.mmap(-1, 8)
        self._errors, errors = os.pipe()
        os.set_blocking(self._errors, False)
        self._text = b""
        self._begin = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            _run(arguments, folder, errors, limits, self._count)
        os.close(errors)
        with suppress(OSError):
            os.setpgid(self.pid, self.pid)

    def send(self, number: int) -> None:
        """Send a signal to the child alone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> End:
        """Return the child's end; after ``SECONDS`` it is killed, and its exit code is -SIGXCPU."""
        status: int | None = None
        while status is None and time.monotonic() - self._begin < SECONDS:
            pid, found = os.waitpid(self.pid, os.WNOHANG)
            status = found if pid else None
            self._read()
            time.sleep(0 if pid else 0.002)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if status is None:
            os.waitpid(self.pid, 0)
        code = -signal.SIGXCPU if status is None else os.waitstatus_to_exitcode(status)
        os.close(self._errors)
        text = self._text.decode(errors="replace")
        (operations,) = struct.unpack("q", self._count[:])
        return End(code, text, operations, time.monotonic() - self._begin)

    def _read(self) -> None:
        """Take over what the child wrote to stderr, so that its pipe never fills."""
        with suppress(BlockingIOError):
            while piece := os.read(self._errors, 1 << 16):
                self._text += piece


def run(arguments: tuple[str, ...], folder: Path, limits: Limits = NO_LIMITS) -> End:
    """Run a command in a folder, under limits, to its end."""
    child = Child(arguments, folder, limits)
    if limits.at is None and limits.seconds is not None:
        time.sleep(limits.seconds)
        child.send(limits.signal)
    return child.wait()


def _run(
    arguments: tuple[str, ...], folder: Path, errors: int, limits: Limits, count: mmap.mmap
) -> None:
    """Become the command: the child's whole life."""
    code = 70
    try:
        os.setpgid(0, 0)
        os.chdir(folder)
        _redirect(errors)
        _watch(limits, count)
        if limits.file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_size, limits.file_size))
        (script,) = entry_points(group="console_scripts", name=arguments[0])
        code = _exit_code(script.load(), arguments[1:])
    finally:
        os._exit(code)


def _redirect(errors: int) -> None:
    nothing = os.open("/dev/null", os.O_RDWR)
    for number, target in enumerate((nothing, nothing, errors)):
        os.dup2(target, number)


def _exit_code(command: Callable[..., Any], arguments: tuple[str, ...]) -> int:
    try:
        command(list(arguments))
    except Ended as error:
        # The signal came after the command's end; a process of its own would die of it.
        return error.exit_code
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    finally:
        sys.stderr.flush()
    return 0


def _watch(limits: Limits, count: mmap.mmap) -> None:
    """Count operations on files, and send the signal at the one that ``limits`` names."""
    for name in OPERATIONS:
        setattr(os, name, _counting(getattr(os, name), limits, count))


def _counting(
    operation: Callable[..., Any], limits: Limits, count: mmap.mmap
) -> Callable[..., Any]:
    own = os.getpid()

    def counted(*arguments: Any, **options: Any) -> Any:
        if os.getpid() != own:
            return operation(*arguments, **options)
        (number,) = struct.unpack("q", count[:])
        count[:] = struct.pack("q", number + 1)
        if number == limits.at and not limits.after:
            os.kill(own, limits.signal)
        result = operation(*arguments, **options)
        if number == limits.at and limits.after:
            os.kill(own, limits.signal)
        return result

    return counted
