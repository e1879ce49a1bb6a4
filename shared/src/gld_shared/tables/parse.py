"""Parsing the text of a table into typed columns, with errors that name file, line and column."""

import io
from typing import Any, NoReturn

import numpy as np
import polars as pl

from gld_shared.counting import counted
from gld_shared.errors import DataError, first_few
from gld_shared.files import display_name, empty_input
from gld_shared.tables.column_names import checked_names
from gld_shared.tables.json_header import parse_header
from gld_shared.tables.kinds import Kind
from gld_shared.text_encoding import refuse_inner_returns, refuse_old_line_ends, without_mark

_PART = 1 << 16  # Bytes that stay in the CPU's cache.


def split_header(data: bytes, source: str, kind: Kind) -> tuple[dict[str, Any], bytes, int]:
    """Split a table into its header, the bytes from the column names on, and their line number.

    A byte order mark is dropped. Raises DataError for empty data, for another encoding than UTF-8,
    and for a header of another kind of table.
    """
    if not data or data.isspace():
        raise empty_input(source)
    name = display_name(source)
    data = without_mark(data, name)
    refuse_old_line_ends(data, name, 1)
    if not data.startswith(b"#"):
        return {}, data, 1
    line, _, body = data.partition(b"\n")
    header = parse_header(line, name)
    found = header.get("format")
    if found != kind.format:
        raise DataError(f"{name}:1: format is {found!r}, expected {kind.format!r}")
    if not body or body.isspace():
        raise DataError(f"{name}:2: no column names; the file is cut short")
    return header, body, 2


def parse_rows(body: bytes, name: str, first_line: int, kind: Kind) -> pl.DataFrame:
    """Parse the known columns; ``body`` starts with the column names, on line ``first_line``.

    Raises DataError naming file, line and column.
    """
    refuse_old_line_ends(body, name, first_line)
    # Unlike partition, this copies no line but the first.
    first = io.BytesIO(body).readline().removesuffix(b"\n")
    names = first.decode(errors="replace").rstrip("\r")
    columns = checked_names(names.split("\t"), f"{name}:{first_line}", kind)
    _check_last_line(body, name, first_line, len(columns))
    refuse_zeros(body, name, first_line)
    refuse_inner_returns(body, name, first_line)
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
    if _count(body, b"\t") != (len(columns) - 1) * _count(body, b"\n"):
        # The parser fills a short line with empty cells; a table must not have one.
        _raise_for_bad_line(body, name, first_line, len(columns), None)
    known = [column for column in kind.columns if column in columns]
    return text.select(_cast(text, column, kind, name, first_line) for column in known)


def _check_last_line(body: bytes, name: str, first_line: int, expected: int) -> None:
    """Raise DataError unless the table ends with a newline; a truncated table does not."""
    if body.endswith(b"\n"):
        return
    number = first_line + body.count(b"\n")
    cells = body.rpartition(b"\n")[2].count(b"\t") + 1
    found = _found(cells, expected) if cells != expected else "no newline at its end"
    raise DataError(f"{name}:{number}: {found}; the file is cut short")


def _found(cells: int, expected: int) -> str:
    return f"{counted(cells, 'cell')}, expected {expected}"


def refuse_zeros(
    body: bytes, name: str, first_line: int, remedy: str = "copy or make it again"
) -> None:
    """Raise DataError for a zero byte, which no name can hold; damaged disks leave such blocks."""
    position = body.find(b"\0")
    if position >= 0:
        number = first_line + body.count(b"\n", 0, position)
        raise DataError(
            f"{name}:{number}: holds a zero byte, expected text; the file is damaged, {remedy}"
        )


def _count(body: bytes, byte: bytes) -> int:
    """Count a byte, four times as fast as ``bytes.count``."""
    codes = np.frombuffer(body, np.uint8)
    parts = (codes[start : start + _PART] for start in range(0, len(codes), _PART))
    return sum(int(np.count_nonzero(part == byte[0])) for part in parts)


def _raise_for_bad_line(
    body: bytes, name: str, first_line: int, expected: int, error: Exception | None
) -> NoReturn:
    lines = body.split(b"\n")[:-1]
    for number, line in enumerate(lines, start=first_line):
        cells = line.count(b"\t") + 1
        if cells != expected:
            raise DataError(f"{name}:{number}: {_found(cells, expected)}") from error
        if not _is_utf8(line):
            _raise_for_other_text(lines, name, first_line)
    raise DataError(f"{name}: cannot be read as a table: {error}") from error


def _raise_for_other_text(lines: list[bytes], name: str, first_line: int) -> NoReturn:
    """Raise DataError for the cells that are not UTF-8, several of them at once."""
    bad = [number for number, line in enumerate(lines) if not _is_utf8(line)]
    cell = next(cell for cell in lines[bad[0]].split(b"\t") if not _is_utf8(cell))
    others = [str(first_line + number) for number in bad[1:]]
    more = f"; also line{'s' * (len(others) > 1)} {first_few(others)}" if others else ""
    raise DataError(
        f"{name}:{first_line + bad[0]}: not UTF-8 text: {cell.decode(errors='backslashreplace')}"
        f"{more}; write the table in UTF-8, and rename files whose names are not"
    )


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _cast(text: pl.DataFrame, column: str, kind: Kind, name: str, first_line: int) -> pl.Series:
    """Cast a column to its type; an empty cell of a number becomes null."""
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
    if dtype.is_float() and typed.is_infinite().any():
        beyond = pl.select(overflows(filled, typed)).to_series().arg_true()
        if len(beyond):
            bits = 32 if dtype == pl.Float32 else 64
            raise DataError(
                f"{name}:{first_line + 1 + beyond[0]}: {column} is {values[beyond[0]]!r}, beyond "
                f"the range of {bits}-bit floats"
            )
    return typed


def overflows(text: pl.Expr | pl.Series, number: pl.Expr | pl.Series) -> pl.Expr:
    """Mark numbers that became infinite, though their text does not say ``inf``."""
    text, number = (pl.lit(it) if isinstance(it, pl.Series) else it for it in (text, number))
    return number.is_infinite() & ~text.str.contains("(?i)inf")
