"""The tables that the commands exchange: TSV with one JSON header line.

Line 1 is ``#`` and one JSON object (optional when read, always written), line 2 the column names,
then one row per line; tabs, no quoting, UTF-8. Columns are found by name.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from gld_shared.files import STDIO, open_input, open_output
from gld_shared.tables_kinds import (
    LANDMARKS,
    LIST,
    NEIGHBOURS,
    SCORES,
    TRUTH,
    Kind,
)
from gld_shared.tables_parse import name_of, parse_rows, split_header
from gld_shared.tables_rules import check_rules
from gld_shared.tables_text import write_rows

__all__ = [
    "LANDMARKS",
    "LIST",
    "NEIGHBOURS",
    "SCORES",
    "TRUTH",
    "Kind",
    "Table",
    "first_rows",
    "read_landmarks",
    "read_list",
    "read_neighbours",
    "read_scores",
    "read_table",
    "read_truth",
    "write_table",
]


@dataclass(frozen=True)
class Table:
    """A table as it was read: rows, header, where it came from and the sha256 of its bytes."""

    rows: pl.DataFrame
    header: dict[str, Any] = field(default_factory=dict)
    source: str = STDIO
    sha256: str = ""

    @property
    def history(self) -> list[dict[str, Any]]:
        """The steps that made this table, oldest first; empty when the header has none."""
        return list(self.header.get("history", []))

    def blocks(self) -> Iterator[pl.DataFrame]:
        """All rows as one block, for what also takes a stream of them."""
        yield self.rows


def read_list(source: str | Path) -> Table:
    """Read a list of images (``gld-list/1``)."""
    return read_table(source, LIST)


def read_landmarks(source: str | Path) -> Table:
    """Read a table of landmarks (``gld-landmarks/1``)."""
    return read_table(source, LANDMARKS)


def read_neighbours(source: str | Path) -> Table:
    """Read ranked neighbours (``gld-neighbours/1``)."""
    return read_table(source, NEIGHBOURS)


def read_truth(source: str | Path) -> Table:
    """Read the relevant pairs (``gld-truth/1``)."""
    return read_table(source, TRUTH)


def read_scores(source: str | Path) -> Table:
    """Read scores (``gld-scores/1``)."""
    return read_table(source, SCORES)


def read_table(source: str | Path, kind: Kind) -> Table:
    """Read and check a whole table; ``-`` is standard input.

    Memory: the file's bytes and its columns at once. Raises DataError naming file, line and column.
    """
    name = name_of(source)
    with open_input(source) as stream:
        data = stream.read()
    header, body, first_line = split_header(data, name, kind)
    rows = parse_rows(body, name, first_line, kind)
    check_rules(rows, name, first_line + 1, kind)
    return Table(rows, header, str(source), hashlib.sha256(data).hexdigest())


def write_table(
    target: str | Path,
    kind: Kind,
    rows: pl.DataFrame | Iterable[pl.DataFrame],
    header: Mapping[str, Any],
    begin: str | Path | None = None,
) -> None:
    """Write a table, whole or not at all; ``-`` is standard output.

    ``rows`` may be a stream of blocks, so a large table never stands in memory at once. The header
    gets ``format``. ``begin`` is a file of this function's making, of the same kind, header and
    columns, whose rows come first: copying them is faster than writing them again. Raises DataError
    for a tab or a newline in a cell.
    """
    blocks = [rows] if isinstance(rows, pl.DataFrame) else rows
    line = "#" + json.dumps({"format": kind.format, **header}, ensure_ascii=False) + "\n"
    with open_output(target) as stream:
        columns: list[str] | None = None
        if begin is None:
            stream.write(line.encode())
        else:
            columns = _copy(begin, stream)
        for block in blocks:
            if columns is None:
                columns = [column for column in kind.columns if column in block.columns]
                stream.write(("\t".join(columns) + "\n").encode())
            write_rows(stream, block.select(columns), str(target))
        if columns is None:
            stream.write(("\t".join(kind.required) + "\n").encode())


def _copy(begin: str | Path, stream: BinaryIO) -> list[str]:
    """Copy a table, and return its columns."""
    with open_input(begin) as source:
        lines = [source.readline(), source.readline()]
        stream.writelines(lines)
        shutil.copyfileobj(source, stream, 1 << 20)
    return lines[1].decode().rstrip("\n").split("\t")


def first_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Each id of a list once, at its first row, in the list's order."""
    return rows.unique(subset="id", keep="first", maintain_order=True)
