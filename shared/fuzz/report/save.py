"""Findings as folders: the changed files, the command line and the message."""

import re
import shlex
from pathlib import Path

from running.attempt import Change
from running.examine import Finding

FOLDER = Path("fuzz-findings")


def save(finding: Finding, seed: int, count: int) -> Path:
    """Write a finding below FOLDER, in place of an earlier one of the same number."""
    name = re.sub(r"\W+", "-", finding.reader).strip("-")
    folder = FOLDER / f"{name}-{seed}-{finding.number}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{finding.kind}",
        f"{count} inputs of the reader {finding.reader!r}, seed {seed}; this one: {finding.number}",
        "$ " + shlex.join(finding.attempt.command.arguments),
        *(_described(name, change) for name, change in finding.attempt.changes.items()),
        finding.message,
    ]
    text = "\n".join(lines) + "\n"
    (folder / "finding.txt").write_text(text, errors="backslashreplace")
    for name, change in finding.attempt.changes.items():
        if not change.special:
            (folder / name.replace("/", "+")).write_bytes(change.data)
    return folder


def _described(name: str, change: Change) -> str:
    return f"  {name}: {change.special or f'{len(change.data)} bytes, beside this file'}"
