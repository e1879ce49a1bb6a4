"""The history of an output: the steps that made it, and a check of the files that they read.

A history is a list of steps, oldest first. It records no time, host or user: the same inputs give
the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Protocol, TypedDict

from gld_shared.files import sha256, sha256_of_text
from gld_shared.output_targets import STDIO

DISTRIBUTION_VERSION = version("gld-shared")


class InputEntry(TypedDict):
    """An input of a step: its path as the user named it, and the sha256 of what was read."""

    path: str
    sha256: str


class Step(TypedDict):
    """A step: a command, its arguments as it recorded them, and the inputs that it read."""

    tool: str
    version: str
    arguments: list[str]
    inputs: list[InputEntry]


History = list[Step]


class Input(Protocol):
    """An input of a step: a table, store, checkpoint or model."""

    @property
    def path(self) -> str | Path:
        """The path as the user named it, or a name such as ``packaged:efficientnet_lite0``."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes that were read; of a compressed table, unpacked."""

    @property
    def history(self) -> History:
        """The steps that made the input, oldest first."""


@dataclass(frozen=True)
class PlainFile:
    """An input that records no history, such as a CSV file of another program."""

    path: str | Path
    sha256: str
    history: History = field(default_factory=list)

    @classmethod
    def read(cls, path: str | Path) -> "PlainFile":
        """Compute the digest. Raises DataError when there is no such file."""
        return cls(path, sha256(path))


def input_entry(path: str | Path, digest: str) -> InputEntry:
    """Return the entry of an input: its path as the user named it, and its sha256."""
    return {"path": str(path), "sha256": digest}


def step(tool: str, version: str, arguments: Sequence[str], inputs: Sequence[InputEntry]) -> Step:
    """Return a step of a history."""
    return {
        "tool": tool,
        "version": version,
        "arguments": list(arguments),
        "inputs": list(inputs),
    }


def extend(histories: Iterable[History], new_step: Step) -> History:
    """Merge the inputs' histories, each step once and in order, and add the new step at the end."""
    merged: History = []
    for history in histories:
        merged.extend(entry for entry in history if entry not in merged)
    return [*merged, new_step]


def history_of(tool: str, arguments: Sequence[str], inputs: Sequence[Input]) -> History:
    """Merge the histories of the inputs, and add the step that read them at the end."""
    entries = [input_entry(source.path, source.sha256) for source in inputs]
    own = step(tool, DISTRIBUTION_VERSION, arguments, entries)
    return extend((source.history for source in inputs), own)


def verify(history: History) -> list[str]:
    """Check each recorded input that is a file against its sha256, newest step first.

    Returns one line per file that is missing or differs, so the first line names the mismatch
    nearest to the result. Inputs that came through a pipe have no file and are skipped.
    """
    problems: list[str] = []
    seen: set[tuple[str, str]] = set()
    for entry in reversed(history):
        for source in entry["inputs"]:
            key = (source["path"], source["sha256"])
            if source["path"] == STDIO or not _is_path(source["path"]) or key in seen:
                continue
            seen.add(key)
            problem = _compare(entry["tool"], *key)
            if problem:
                problems.append(problem)
    return problems


def _is_path(name: str) -> bool:
    """Return whether a name is a path: ``packaged:efficientnet_lite0`` and the like are not."""
    return name.partition(":")[0] not in {"packaged", "timm", "random", "pixels"}


def _compare(tool: str, path: str, recorded: str) -> str | None:
    try:
        mode = Path(path).stat().st_mode
        if not (S_ISREG(mode) or S_ISDIR(mode)):
            return f"{path}: neither a file nor a folder; {tool} read one"
        found = sha256(path)
        if found == recorded or (S_ISREG(mode) and sha256_of_text(path) == recorded):
            return None
    except (FileNotFoundError, NotADirectoryError):
        return f"{path}: missing; {tool} read it with sha256 {recorded[:12]}"
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}; {tool} read it"
    return f"{path}: sha256 is {found[:12]}, but {tool} read {recorded[:12]}"
