"""The tables that the commands exchange: TSV with one JSON header line.

Line 1 is ``#`` and one JSON object (optional when read, always written), line 2 the column names,
then one row per line; tabs, no quoting, UTF-8. Columns are found by name.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import polars as pl

from gld_shared.errors import DataError
from gld_shared.files import STDIO, open_input, open_output
from gld_shared.tables_kinds import (
    LANDMARKS,
    LIST,
    NEIGHBOURS,
    SCORES,
    TRUTH,
    Kind,
)
from gld_shared.tables_rules import check_rules

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
    name = "standard input" if str(source) == STDIO else str(source)
    with open_input(source) as stream:
        data = stream.read()
    if not data.strip():
        hint = "; did the command before it fail?" if str(source) == STDIO else ""
        raise DataError(f"{name}: empty{hint}")
    header, body, first_line = _split_header(data, name, kind)
    rows = _parse(body, name, first_line, kind)
    check_rules(rows, name, first_line + 1, kind)
    return Table(rows, header, str(source), hashlib.sha256(data).hexdigest())


def _split_header(data: bytes, name: str, kind: Kind) -> tuple[dict[str, Any], bytes, int]:
    """The JSON header, the bytes from the column names on, and those names' line number."""
    if not data.startswith(b"#"):
        return {}, data, 1
    line, _, body = data.partition(b"\n")
    try:
        header = json.loads(line[1:])
    except ValueError as error:
        raise DataError(f"{name}:1: the header after # is not JSON: {error}") from error
    found = header.get("format") if isinstance(header, dict) else None
    if found != kind.format:
        raise DataError(f"{name}:1: format is {found!r}, expected {kind.format!r}")
    if not body.strip():
        raise DataError(f"{name}:2: no column names; the file is cut short")
    return header, body, 2


def _parse(body: bytes, name: str, first_line: int, kind: Kind) -> pl.DataFrame:
    columns = body.partition(b"\n")[0].decode(errors="replace").rstrip("\r").split("\t")
    missing = [column for column in kind.required if column not in columns]
    if missing:
        raise DataError(
            f"{name}:{first_line}: missing column {', '.join(missing)}; "
            f"a {kind.format} table has {' '.join(kind.required)}, separated by tabs"
        )
    _check_last_line(body, name, first_line, len(columns))
    try:
        text = pl.read_csv(
            io.BytesIO(body),
            separator="\t",
            quote_char=None,
            infer_schema=False,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError as error:
        _raise_for_bad_line(body, name, first_line, len(columns), error)
    if body.count(b"\t") != (len(columns) - 1) * body.count(b"\n"):
        # The parser fills a short line with empty cells; here that is a mistake.
        _raise_for_bad_line(body, name, first_line, len(columns), None)
    known = [column for column in kind.columns if column in columns]
    return text.select(_cast(text, column, kind, name, first_line) for column in known)


def _check_last_line(body: bytes, name: str, first_line: int, expected: int) -> None:
    """A table cut in the middle of a line has no newline at its end."""
    if body.endswith(b"\n"):
        return
    number = first_line + body.count(b"\n")
    cells = body.rpartition(b"\n")[2].count(b"\t") + 1
    found = f"{cells} cells, expected {expected}" if cells != expected else "no newline at its end"
    raise DataError(f"{name}:{number}: {found}; the file is cut short")


def _raise_for_bad_line(
    body: bytes, name: str, first_line: int, expected: int, error: Exception | None
) -> NoReturn:
    for number, line in enumerate(body.split(b"\n")[:-1], start=first_line):
        cells = line.count(b"\t") + 1
        if cells != expected:
            raise DataError(f"{name}:{number}: {cells} cells, expected {expected}") from error
        try:
            line.decode()
        except UnicodeDecodeError as wrong:
            raise DataError(f"{name}:{number}: not UTF-8 text") from wrong
    raise DataError(f"{name}: cannot be read as a table: {error}") from error


def _cast(text: pl.DataFrame, column: str, kind: Kind, name: str, first_line: int) -> pl.Series:
    """The column in its own type; an empty cell of a number is null."""
    dtype = kind.columns[column]
    values = text[column]
    if dtype == pl.String:
        return values
    filled = values.replace("", None)
    typed = filled.cast(dtype, strict=False)
    wrong = (typed.is_null() & filled.is_not_null()).arg_true()
    if len(wrong):
        expected = "a number" if dtype.is_float() else "an integer"
        raise DataError(
            f"{name}:{first_line + 1 + wrong[0]}: {column} is {values[wrong[0]]!r}, "
            f"expected {expected}"
        )
    return typed


def write_table(
    target: str | Path,
    kind: Kind,
    rows: pl.DataFrame | Iterable[pl.DataFrame],
    header: Mapping[str, Any],
) -> None:
    """Write a table, whole or not at all; ``-`` is standard output.

    ``rows`` may be a stream of blocks, so a large table never stands in memory at once. The header
    gets ``format``. Raises DataError for a tab or a newline in a cell.
    """
    blocks = [rows] if isinstance(rows, pl.DataFrame) else rows
    line = "#" + json.dumps({"format": kind.format, **header}, ensure_ascii=False) + "\n"
    with open_output(target) as stream:
        stream.write(line.encode())
        columns: list[str] | None = None
        for block in blocks:
            if columns is None:
                columns = [column for column in kind.columns if column in block.columns]
                stream.write(("\t".join(columns) + "\n").encode())
            _write_rows(stream, block.select(columns), str(target))
        if columns is None:
            stream.write(("\t".join(kind.required) + "\n").encode())


def _write_rows(stream: BinaryIO, block: pl.DataFrame, target: str) -> None:
    texts = block.select(pl.col(pl.String))
    for column in texts.columns:
        bad = texts.filter(pl.col(column).str.contains("[\t\n\r]"))
        if bad.height:
            raise DataError(
                f"{target}: {column} {bad[column][0]!r} holds a tab or a line break, "
                "which a table cannot; rename it"
            )
    block.write_csv(stream, separator="\t", quote_style="never", include_header=False)


def first_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Each id of a list once, at its first row, in the list's order."""
    return rows.unique(subset="id", keep="first", maintain_order=True)
