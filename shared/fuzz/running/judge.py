"""The verdict on an outcome: None, or a line that says what a user must never see."""

import re
import unicodedata
from pathlib import PurePath

from running.attempt import Attempt
from running.observe import Outcome, result_of

MOST_GROWTH = 1 << 30
_LONGEST_LINE = 2_000
_MOST_LINES = 60
_TEMPORARY = re.compile(r"\.[0-9a-f]{8}$|\.partial|\.work\b|\.unfinished|\.staging")
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NUMBERS = (b"score", b"value", b"low", b"high")
_NOT_FINITE = (b"nan", b"-nan", b"inf", b"-inf")
_WARNING_OF_PYTHON = re.compile(r"\.py:\d+: \w*Warning")


def verdict(outcome: Outcome, attempt: Attempt, quiet: Outcome) -> str | None:
    """Judge an outcome; ``quiet`` is that of the same command on the clean files."""
    wrong = _text(outcome.stderr) or _leftovers(outcome, attempt)
    if wrong:
        return wrong
    if outcome.noise:
        return f"text of a library on stderr: {outcome.noise[:200]!r}"
    if outcome.growth > MOST_GROWTH:
        return f"memory: grew by {outcome.growth / 2**30:.1f} GB"
    if outcome.exit_code == 0:
        return _success(outcome, attempt, quiet)
    return _failure(outcome, quiet)


def _text(stderr: str) -> str | None:
    if "this is a fault of gld" in stderr:
        return f"fault: {_error_line(stderr)}"
    if "Traceback" in stderr:
        return f"traceback: {stderr.strip().rpartition(chr(10))[2]}"
    if _WARNING_OF_PYTHON.search(stderr):
        return f"warning of Python: {stderr[:200]!r}"
    for character in stderr:
        if character != "\n" and (
            unicodedata.category(character) in ("Cc", "Cs") or character in _BIDI
        ):
            return f"raw character U+{ord(character):04X}: {_around(stderr, character)!r}"
    longest = max(map(len, stderr.splitlines()), default=0)
    if longest > _LONGEST_LINE:
        return f"long: a line of {longest} characters: {stderr[:100]!r}"
    if stderr.count("\n") > _MOST_LINES:
        return f"long: {stderr.count(chr(10))} lines: {stderr[:100]!r}"
    return None


def _around(text: str, character: str) -> str:
    place = text.index(character)
    return text[max(0, place - 60) : place + 20]


def _leftovers(outcome: Outcome, attempt: Attempt) -> str | None:
    command = attempt.command
    allowed = command.outputs if outcome.exit_code == 0 else command.kept
    for name in sorted(outcome.created):
        unfinished = outcome.exit_code == 0 and _TEMPORARY.search(name)
        if PurePath(name).parts[0] not in allowed or unfinished:
            return f"leftover: {name} after exit {outcome.exit_code}"
    if lost := [name for name in outcome.lost if name not in attempt.changes]:
        return f"lost: {lost[0]}"
    return None


def _success(outcome: Outcome, attempt: Attempt, quiet: Outcome) -> str | None:
    result = result_of(outcome)
    if attempt.protected and result != result_of(quiet):
        return "other bytes: exit 0, and another result"
    for name, data in result.items():
        if (name == "stdout" or name.endswith(".tsv")) and _has_not_finite(data):
            return f"not finite: nan or inf in {name}, exit 0"
    return None


def _has_not_finite(table: bytes) -> bool:
    names, *rows = [line.split(b"\t") for line in table.lower().splitlines()] or [[]]
    columns = [place for place, name in enumerate(names) if name in _NUMBERS]
    cells = {row[place] for row in rows for place in columns if place < len(row)}
    return not cells.isdisjoint(_NOT_FINITE)


def _failure(outcome: Outcome, quiet: Outcome) -> str | None:
    if outcome.exit_code not in (1, 2):
        return f"exit code {outcome.exit_code}: {outcome.stderr[-200:]!r}"
    if quiet.exit_code == outcome.exit_code:
        return None
    errors = sum(line.startswith("Error: ") for line in outcome.stderr.splitlines())
    if errors != 1:
        return f"{errors} error lines, exit {outcome.exit_code}: {outcome.stderr[-200:]!r}"
    if _error_line(outcome.stderr).strip() in ("Error:", ""):
        return "an empty error line"
    return None


def _error_line(stderr: str) -> str:
    return next((line for line in stderr.splitlines() if line.startswith("Error:")), "")
