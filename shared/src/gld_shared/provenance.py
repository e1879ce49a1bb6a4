"""The history of an output: the steps that made it, and the files that they read.

A history is a list of steps, oldest first. It records no time, host or user: the same inputs give
the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, TypedDict

from gld_shared.sha256 import sha256

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
        """SHA-256 of the bytes that were read; of a compressed table, unpacked.

        Of a store and of neighbours as Zarr their own digest, which they carry.
        """

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
