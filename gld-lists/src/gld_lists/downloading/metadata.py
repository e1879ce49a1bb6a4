"""One published CSV: fetched, its length and header compared."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gld_lists.downloading.published_files import Table
from gld_lists.downloading.session import Session
from gld_lists.downloading.transfer import fetch

_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class MetadataFile:
    """A CSV of the metadata, to lie below ``folder``."""

    folder: Path
    table: Table
    base: str

    @property
    def url(self) -> str:
        """Where it is published."""
        return f"{self.base}/{self.table.address}"

    @property
    def target(self) -> Path:
        """Where it goes."""
        return self.folder / self.table.place

    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.target.exists()

    def fetch(self, session: Session) -> None:
        """Fetch and verify it. Raises TransferError, or DataError for what ends the run.

        No checksum is published for these files. Besides the length that the server names, the
        header must hold the columns, and a last line without an end must have as many cells.
        """
        fetch(self.url, self.target, lambda path: _wrong(path, self.table.columns), session)


def _wrong(path: Path, columns: Sequence[str]) -> str | None:
    with path.open("rb") as stream:
        header = _cells(stream.readline(_LONGEST_LINE))
        if not set(columns) <= set(header):
            return f"starts with {','.join(header)[:80]!r}, expected {','.join(columns)}"
        stream.seek(max(0, path.stat().st_size - _LONGEST_LINE))
        _, newline, last = stream.read().rpartition(b"\n")
    # Between quotes there is no telling where the last row began.
    begun = newline and last and last.count(b'"') % 2 == 0
    if begun and len(_cells(last)) != len(header):
        end = last[-40:].decode(errors="replace")
        return f"ends in {end!r}, expected a line of {len(header)} cells"
    return None


def _cells(line: bytes) -> list[str]:
    return next(csv.reader([line.decode("utf-8-sig", "replace").rstrip("\r\n")]), [])
