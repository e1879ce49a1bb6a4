"""One or more lists of images as one."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from gld_shared.errors import DataError
from gld_shared.history import History
from gld_shared.tables import Table, first_rows, read_list
from gld_shared.tables_kinds import BOX


@dataclass(frozen=True)
class Lists:
    """The rows ``id`` and ``path``, each id once, boxes where there are any, and their origin.

    ``inputs`` are (path, sha256) pairs, one for each list, as are the ``histories``.
    """

    rows: pl.DataFrame
    inputs: list[tuple[str, str]]
    histories: list[History]

    @property
    def attribute(self) -> dict[str, str] | list[dict[str, str]]:
        """What a store records as its ``list``: path and sha256, or several such."""
        entries = [{"path": path, "sha256": digest} for path, digest in self.inputs]
        return entries[0] if len(entries) == 1 else entries


def read_lists(sources: Sequence[str]) -> Lists:
    """Read lists; of an id that stands in them several times the first row counts.

    Raises DataError for what is no list. Memory: the columns, and ``read_table``'s for the largest.
    """
    parts, inputs, histories = [], [], []
    for source in sources:
        table = _read(source)
        kept = [column for column in ("id", "path", *BOX) if column in table.rows.columns]
        parts.append(table.rows.select(kept))
        inputs.append((table.source, table.sha256))
        histories.append(table.history)
    return Lists(first_rows(pl.concat(parts, how="diagonal")), inputs, histories)


def _read(source: str) -> Table:
    if source.endswith(".tar"):
        raise DataError(
            f"{source}: a tar archive, expected a list; if the shell has expanded the braces of "
            "--images, put them in quotes"
        )
    return read_list(source)
