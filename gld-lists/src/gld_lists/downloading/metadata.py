"""A CSV file of the metadata: fetched, its header and last line checked."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gld_lists.downloading.published_files import Table
from gld_lists.downloading.retries_and_stop import Session
from gld_lists.downloading.transfer import fetch

_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class MetadataFile:
    """A CSV file of the metadata, which goes below ``folder``."""

    folder: Path
    table: Table
    base: str

    @property
    def url(self) -> str:
        """The address of the file."""
        return f"{self.base}/{self.table.address}"

    @property
    def target(self) -> Path:
        """The path of the file."""
        return self.folder / self.table.path

    def done(self) -> bool:
        """Return whether nothing is left to do."""
        return self.target.exists()

    def fetch(self, session: Session) -> None:
        """Fetch and verify the file.

        No checksum is published for these files. The length must be the server's, the header must
        hold the columns, and a last line without a newline must have as many cells as the header.
        Raises TransferError if only this file failed, DataError if the whole run must end.
        """
        fetch(self.url, self.target, lambda path: _wrong(path, self.table.columns), session)


def _wrong(path: Path, columns: Sequence[str]) -> str | None:
    try:
        return _wrong_lines(path, columns)
    except csv.Error as error:
        return f"not CSV: {error}"


def _wrong_lines(path: Path, columns: Sequence[str]) -> str | None:
    with path.open("rb") as stream:
        header = _cells(stream.readline(_LONGEST_LINE))
        if not set(columns) <= set(header):
            return f"starts with {','.join(header)[:80]!r}, expected {','.join(columns)}"
        stream.seek(max(0, path.stat().st_size - _LONGEST_LINE))
        _, newline, last = stream.read().rpartition(b"\n")
    # Within quotes the last line is not a row of its own.
    is_row = newline and last and last.count(b'"') % 2 == 0
    if is_row and len(_cells(last)) != len(header):
        end = last[-40:].decode(errors="replace")
        return f"ends in {end!r}, expected a line of {len(header)} cells"
    return None


def _cells(line: bytes) -> list[str]:
    return next(csv.reader([line.decode("utf-8-sig", "replace").rstrip("\r\n")]), [])
