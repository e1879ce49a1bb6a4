"""One attempt from beginning to end: change the files, run the command, judge, clean up."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from running.attempt import Attempt, Clean, Command, names_below, read_files, remove
from running.judge import verdict
from running.observe import Outcome, observe

_INNERMOST = re.compile(r'File "[^"]*/(gld_\w+/[^"]+)", line (\d+), in (\w+)')


@dataclass(frozen=True)
class Reader:
    """Something that reads files: how its clean files are made, and how attempts are drawn.

    ``share`` is the number of its inputs among 1,000 of all readers, ``at_once`` the number of
    inputs of an attempt. ``prepare`` makes the clean files, once; ``start`` is called in every
    process that reads them.
    """

    name: str
    share: int
    prepare: Callable[[], None]
    attempt: Callable[[Random, Clean], Attempt]
    start: Callable[[], None] | None = None
    at_once: int = 1


@dataclass(frozen=True)
class Finding:
    """A fault that an attempt showed; findings of one ``kind`` have one cause, most likely."""

    reader: str
    number: int
    kind: str
    message: str
    attempt: Attempt


class Bench:
    """The current folder with a reader's clean files, and the results of commands on them."""

    def __init__(self, reader: Reader) -> None:
        """Take over the clean files in the current folder."""
        if reader.start:
            reader.start()
        self.reader = reader
        self.clean = read_files(Path())
        self._names = names_below()
        self._quiet: dict[Command, Outcome] = {}

    def draw(self, seed: int, number: int) -> Attempt:
        """Return the attempt of a number, the same for the same seed."""
        return self.reader.attempt(Random(f"{seed} {self.reader.name} {number}"), self.clean)

    def examine(self, attempt: Attempt) -> tuple[str, str] | None:
        """Return the kind and message of an attempt's fault, or None."""
        quiet = self._quiet_outcome(attempt.command)
        outcome = self._outcome(attempt)
        message = verdict(outcome, attempt, quiet)
        if message is None:
            return None
        kind = re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "_", message)[:100]
        if message.startswith("fault"):
            kind = "fault: " + _place(self._outcome(attempt, "-vv").stderr)
        return kind, message

    def _quiet_outcome(self, command: Command) -> Outcome:
        if command not in self._quiet:
            self._quiet[command] = self._outcome(Attempt(command))
        return self._quiet[command]

    def _outcome(self, attempt: Attempt, *more: str) -> Outcome:
        for name, change in attempt.changes.items():
            change.apply(Path(name))
        try:
            return observe(attempt.command, self._names, *more)
        finally:
            for name in sorted(names_below() - self._names):
                remove(Path(name))
            for name in attempt.changes:
                remove(Path(name))
                if name in self.clean:
                    Path(name).parent.mkdir(parents=True, exist_ok=True)
                    Path(name).write_bytes(self.clean[name])


def _place(stderr: str) -> str:
    """Return the kind of a traceback, and the innermost place in gld."""
    places = _INNERMOST.findall(stderr)
    kinds = re.findall(r"^([\w.]+(?:Error|Exception|Warning|Exit)\b)", stderr, re.MULTILINE)
    kind = next((kind for kind in kinds if kind != "Error"), "")
    return f"{kind} at " + ":".join(places[-1]) if places else stderr[-150:]
