"""Findings seen again in fresh workers, with as few changed files and bytes as still show them."""

import time
from collections.abc import Iterator
from dataclasses import replace

from running.attempt import Attempt, Change, Clean
from running.examine import Finding, Reader
from running.pool import Run

SECONDS = 20.0
_FOREVER = float("inf")


class Minimiser:
    """Runs smaller forms of a reader's attempts, each in a worker of its own: it may crash."""

    def __init__(self, reader: Reader, folder: str, clean: Clean) -> None:
        """Work on copies of a folder of clean files."""
        self._reader, self._folder, self._clean = reader, folder, clean

    def minimised(self, finding: Finding) -> Finding | None:
        """Return the smallest form found within ``SECONDS``; None if it is not seen again."""
        best = self._seen(finding, finding.attempt)
        begin = time.monotonic()
        while best and time.monotonic() - begin < SECONDS:
            forms = self._smaller(best.attempt)
            smaller = next((seen for form in forms if (seen := self._seen(finding, form))), None)
            if smaller is None:
                break
            best = smaller
        return best

    def _seen(self, finding: Finding, attempt: Attempt) -> Finding | None:
        """Return the finding of an attempt, if it is of the same kind."""
        reader = replace(self._reader, attempt=lambda *_: attempt)
        tally = Run(reader, 0, iter([finding.number]), _FOREVER).in_folder(self._folder, 1)
        return tally.findings.get(finding.kind)

    def _smaller(self, attempt: Attempt) -> Iterator[Attempt]:
        """Yield an attempt with half of its changed files, or with one of them, or half changed."""
        names = sorted(attempt.changes)
        half = len(names) // 2
        parts = (names[:half], names[half:]) if half > 1 else [[n] for n in names if half]
        for part in parts:
            yield replace(attempt, changes={name: attempt.changes[name] for name in part})
        if len(names) == 1:
            (name,), (change,) = names, attempt.changes.values()
            for data in halves(self._clean.get(name, b""), change.data):
                if not change.special:
                    yield replace(attempt, changes={name: Change(data)})


def halves(clean: bytes, changed: bytes) -> list[bytes]:
    """Return changed data of which one half of the changed piece is as in the clean data."""
    start, end = _common_ends(clean, changed)
    old, new = clean[start : len(clean) - end], changed[start : len(changed) - end]
    half_old, half_new = len(old) // 2, len(new) // 2
    before, after = changed[:start], changed[len(changed) - end :]
    forms = (
        before + new[:half_new] + old[half_old:] + after,
        before + old[:half_old] + new[half_new:] + after,
    )
    return [form for form in forms if form not in (clean, changed)]


def _common_ends(first: bytes, second: bytes) -> tuple[int, int]:
    """Return the lengths of the common beginning and, after it, of the common end."""
    shortest = min(len(first), len(second))
    start = next((n for n in range(shortest) if first[n] != second[n]), shortest)
    most = shortest - start
    end = next((n for n in range(most) if first[-1 - n] != second[-1 - n]), most)
    return start, end
