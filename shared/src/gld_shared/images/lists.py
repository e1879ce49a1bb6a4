"""Several lists of images, read as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from gld_shared.errors import DataError
from gld_shared.tables import Table, first_rows, read_list
from gld_shared.tables.kinds import BOX


@dataclass(frozen=True)
class Lists:
    """The columns ``id`` and ``path``, each id once, any boxes, and the tables they come from.

    ``tables`` are the lists as they were read, without their rows.
    """

    rows: pl.DataFrame
    tables: list[Table]

    @property
    def attribute(self) -> dict[str, str] | list[dict[str, str]]:
        """The attribute ``list`` of a store: path and sha256, or several of them."""
        entries = [{"path": table.path, "sha256": table.sha256} for table in self.tables]
        return entries[0] if len(entries) == 1 else entries


def read_lists(sources: Sequence[str]) -> Lists:
    """Read lists; the first row of an id counts.

    Raises DataError for a file that is not a list. Memory: the columns, and that of ``read_table``
    for the largest list.
    """
    parts, tables = [], []
    for source in sources:
        table = _read(source)
        kept = [column for column in ("id", "path", *BOX) if column in table.rows.columns]
        parts.append(table.rows.select(kept))
        tables.append(replace(table, rows=table.rows.clear()))
    return Lists(first_rows(pl.concat(parts, how="diagonal")), tables)


def _read(source: str) -> Table:
    if source.endswith(".tar"):
        raise DataError(
            f"{source}: a tar archive, expected a list; if the shell has expanded the braces of "
            "--images, put them in quotes"
        )
    return read_list(source)
