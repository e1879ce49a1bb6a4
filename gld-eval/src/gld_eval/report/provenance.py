"""The chain of steps that a report's history records, as it is drawn."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from gld_shared.provenance import History
from gld_shared.text_encoding import shown

_DIGITS = 12


@dataclass(frozen=True)
class DrawnInput:
    """A file that a step read; ``again`` if an earlier step has read the same."""

    path: str
    sha256: str
    again: bool


@dataclass(frozen=True)
class DrawnStep:
    """A command of the chain with its arguments, and the files that it read."""

    tool: str
    command: str
    version: str
    inputs: Sequence[DrawnInput]


def drawn_chain(history: History) -> list[DrawnStep]:
    """Return the steps, oldest first, with digests shortened to 12 digits."""
    seen: set[tuple[str, str]] = set()
    steps = []
    for step in history:
        read = [(entry["path"], entry["sha256"]) for entry in step["inputs"]]
        inputs = [
            DrawnInput(shown(path), digest[:_DIGITS], (path, digest) in seen)
            for path, digest in read
        ]
        seen.update(read)
        command = shlex.join([step["tool"], *step["arguments"]])
        steps.append(DrawnStep(shown(step["tool"]), shown(command), step["version"], inputs))
    return steps
