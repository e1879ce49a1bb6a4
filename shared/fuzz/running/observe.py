"""What a command did: exit code, text, and the files that it left."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gld_shared.testing import run

from running.attempt import Command, names_below

_HIGHEST = re.compile(rb"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True)
class Outcome:
    """The end of a command: ``created`` are new files by name, None for folders.

    ``noise`` is what C libraries wrote to the process's own stderr, ``growth`` is in bytes.
    """

    exit_code: int
    stdout: bytes
    stderr: str
    created: dict[str, bytes | None] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    noise: str = ""
    growth: int = 0


def observe(command: Command, names: set[str], *more: str) -> Outcome:
    """Run a command in the current folder, whose clean contents have ``names``."""
    before = _reset_highest()
    arguments = [os.path.expandvars(argument) for argument in command.arguments]
    with _stderr_of_process() as noise:
        result = run([*arguments, *more])
    found = names_below()
    created = {
        name: Path(name).read_bytes() if Path(name).is_file() else None for name in found - names
    }
    stderr = result.stderr
    if result.exception and not isinstance(result.exception, SystemExit):
        stderr += f"Traceback of {type(result.exception).__name__}: {result.exception}"
    lost = tuple(sorted(name for name in names - found if not Path(name).is_symlink()))
    return Outcome(
        result.exit_code, result.stdout_bytes, stderr, created, lost, noise[0],
        max(0, _highest() - before),
    )  # fmt: skip


def result_of(outcome: Outcome) -> dict[str, bytes]:
    """Return the result proper: rows and vectors, without the histories that name sha256."""
    files = {"stdout": outcome.stdout}
    files |= {name: data for name, data in outcome.created.items() if data is not None}
    return {
        name: _without_history(data) for name, data in files.items() if not name.endswith(".json")
    }


def _without_history(data: bytes) -> bytes:
    return data.partition(b"\n")[2] if data.startswith(b"#") else data


@contextmanager
def _stderr_of_process() -> Iterator[list[str]]:
    """Collect what is written to file descriptor 2 in the block, as a list of one text."""
    collected = [""]
    saved = os.dup(2)
    with tempfile.TemporaryFile() as stream:
        os.dup2(stream.fileno(), 2)
        try:
            yield collected
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            stream.seek(0)
            collected[0] = stream.read().decode(errors="replace")


def _reset_highest() -> int:
    Path("/proc/self/clear_refs").write_text("5")
    return _highest()


def _highest() -> int:
    """Return the most memory that the process had since the reset, in bytes."""
    found = _HIGHEST.search(Path("/proc/self/status").read_bytes())
    return int(found[1]) << 10 if found else 0
