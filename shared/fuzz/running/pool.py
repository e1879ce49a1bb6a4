"""Forked workers that examine attempts; a hang, a crash or growth ends one worker, not the run."""

import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from running.attempt import Attempt
from running.examine import Bench, Finding, Reader
from running.judge import MOST_GROWTH

SECONDS = 10.0
_SECONDS_TO_BEGIN = 120.0
_AT_ONCE, _BEFORE_RENEWAL = 20, 2_000
_RESIDENT = re.compile(rb"VmRSS:\s+(\d+) kB")
_FORK = get_context("fork")


@dataclass
class Tally:
    """The inputs that were examined, and the first finding of each kind with their number."""

    inputs: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if it is the first of its kind."""
        self.findings.setdefault(finding.kind, finding)
        self.counts[finding.kind] = self.counts.get(finding.kind, 0) + 1

    def forget(self, kind: str) -> None:
        """Drop the findings of a kind."""
        del self.findings[kind], self.counts[kind]


@dataclass(frozen=True)
class Started:
    """What a child sends when it begins with an attempt."""

    number: int
    attempt: Attempt


class Worker:
    """A forked process in a folder of its own; the parent's view of it."""

    def __init__(self, reader: Reader, seed: int, clean: str) -> None:
        """Fork a child, with a copy of the folder ``clean``."""
        self.reader, self.seed = reader, seed
        self._folder = temporary_folder()
        shutil.copytree(clean, self._folder.name, dirs_exist_ok=True)
        self.connection, other = _FORK.Pipe()
        self.process = _FORK.Process(
            target=_serve, args=(reader, seed, self._folder.name, other, self.connection)
        )
        self.process.start()
        other.close()
        self.attempts = 0
        self.left: list[int] = []
        self.now: Started | None = None
        self.since = time.monotonic()
        self._base = 0

    def give(self, numbers: list[int]) -> None:
        """Send numbers of attempts to examine."""
        self.attempts += len(numbers)
        self.left = list(numbers)
        self.since = time.monotonic()
        self.connection.send(numbers)

    def started(self, message: Started) -> None:
        """Note that the child begins with an attempt."""
        self.now, self.since = message, time.monotonic()
        self.left = self.left[self.left.index(message.number) + 1 :]
        self._base = self._base or self._resident()

    def overrun(self) -> str | None:
        """Return why the child must end now, or None."""
        seconds = time.monotonic() - self.since
        if self.now is None:
            return "hang: no attempt begins" if seconds > _SECONDS_TO_BEGIN else None
        if seconds > SECONDS:
            return f"hang: no end after {SECONDS:.0f} s"
        grown = self._resident() - self._base
        return f"memory: grew by {grown / 2**30:.1f} GB" if grown > 1.5 * MOST_GROWTH else None

    def end(self) -> int:
        """Kill the child and its children; return its exit code."""
        # A child that has just been forked has no group of its own yet.
        self.process.kill()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.join()
        self.connection.close()
        self._folder.cleanup()
        return self.process.exitcode or 0

    def _resident(self) -> int:
        with suppress(OSError):
            found = _RESIDENT.search(Path(f"/proc/{self.process.pid}/status").read_bytes())
            return int(found[1]) << 10 if found else 0
        return 0


class Run:
    """The examination of a reader's attempts by several workers."""

    def __init__(self, reader: Reader, seed: int, numbers: Iterator[int], until: float) -> None:
        """Examine the attempts of ``numbers`` until they, or ``until`` (monotonic), are over."""
        self.tally = Tally()
        self._reader, self._seed, self._until = reader, seed, until
        self._numbers = numbers
        self._team: list[Worker] = []

    def in_folder(self, clean: str, workers: int) -> Tally:
        """Return the findings of all attempts, on copies of a folder of clean files."""
        self._clean = clean
        self._team = [self._worker() for _ in range(workers)]
        try:
            while self._team:
                ready = wait([worker.connection for worker in self._team], timeout=0.05)
                for worker in list(self._team):
                    if worker.connection in ready:
                        self._hear(worker)
                    elif reason := worker.overrun():
                        self._bury(worker, reason)
        finally:
            for worker in self._team:
                worker.end()
        return self.tally

    def _worker(self) -> Worker:
        return Worker(self._reader, self._seed, self._clean)

    def _hear(self, worker: Worker) -> None:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker, "crash")
            return
        if isinstance(message, Finding):
            self.tally.add(message)
        elif isinstance(message, Started):
            worker.started(message)
            self.tally.inputs += message.attempt.inputs
        else:
            self._employ(worker)

    def _employ(self, worker: Worker) -> None:
        """Give an idle worker more attempts, or end it."""
        if worker.attempts >= _BEFORE_RENEWAL:
            self._replace(worker)
        elif numbers := self._next_numbers():
            worker.give(numbers)
        else:
            worker.end()
            self._team.remove(worker)

    def _next_numbers(self) -> list[int]:
        return list(islice(self._numbers, _AT_ONCE)) if time.monotonic() < self._until else []

    def _bury(self, worker: Worker, reason: str) -> None:
        """Record the finding that ended a worker, and let another one examine the rest."""
        started, left = worker.now, worker.left
        code = self._replace(worker)
        if reason == "crash":
            name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            reason = f"crash: {name}"
        if started is None:
            raise RuntimeError(f"{self._reader.name}: {reason} while the clean files are made")
        kind = reason if reason.startswith("crash") else reason.partition(":")[0]
        self.tally.add(Finding(self._reader.name, started.number, kind, reason, started.attempt))
        self._numbers = chain(left, self._numbers)

    def _replace(self, worker: Worker) -> int:
        code = worker.end()
        self._team.remove(worker)
        if time.monotonic() < self._until:
            self._team.append(self._worker())
        return code


def _serve(
    reader: Reader, seed: int, folder: str, connection: Connection, other: Connection
) -> None:
    """Examine attempts in a folder until the parent hangs up: the child's whole life."""
    os.setsid()
    other.close()
    os.chdir(folder)
    bench = Bench(reader)
    connection.send(None)
    with suppress(EOFError):
        while True:
            for number in connection.recv():
                attempt = bench.draw(seed, number)
                connection.send(Started(number, attempt))
                if found := bench.examine(attempt):
                    connection.send(Finding(reader.name, number, *found, attempt))
            connection.send(None)


def in_child(work: Callable[[], None], folder: Path) -> None:
    """Call a function in a folder, in a child of this process."""
    child = _FORK.Process(target=_in_folder, args=(work, folder))
    child.start()
    child.join()
    if child.exitcode:
        raise RuntimeError(f"{work.__module__}: the clean files cannot be made")


def _in_folder(work: Callable[[], None], folder: Path) -> None:
    os.chdir(folder)
    work()


def temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder in memory, if there is one, that is removed at the end."""
    return tempfile.TemporaryDirectory(prefix="gld-fuzz-", dir=_memory())


def _memory() -> str | None:
    """Return a folder in memory, where syncing costs nothing, if there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
