"""One or more lists of images as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl
from gld_shared.errors import DataError
from gld_shared.tables import Table, first_rows, read_list
from gld_shared.tables.kinds import BOX


@dataclass(frozen=True)
class Lists:
    """The rows ``id`` and ``path``, each id once, boxes where there are any, and their origin.

    ``tables`` are the lists as they were read, without their rows.
    """

    rows: pl.DataFrame
    tables: list[Table]

    @property
    def attribute(self) -> dict[str, str] | list[dict[str, str]]:
        """What a store records as its ``list``: path and sha256, or several such."""
        entries = [{"path": table.path, "sha256": table.sha256} for table in self.tables]
        return entries[0] if len(entries) == 1 else entries


def read_lists(sources: Sequence[str]) -> Lists:
    """Read lists; of an id that stands in them several times the first row counts.

    Raises DataError for what is no list. Memory: the columns, and ``read_table``'s for the largest.
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
