"""Read the CSV files that Google and Kaggle publish, plain or compressed (.gz, .zst)."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import open_input
from gld_shared.tables.parse import refuse_zeros
from gld_shared.text_encoding import refuse_old_line_ends, without_mark

_SUFFIXES = ("", ".gz", ".zst")
_AGAIN = "download the file again"
_READ_SIZE = 1 << 20
# The header is on line 1.
FIRST_ROW_LINE = 2
# A path is made from an id, and a space separates ids.
_ID = r"^[0-9A-Za-z_][0-9A-Za-z_.-]*$"
_ID_WORDS = "expected letters and digits, as in Google's ids"


def find(folder: Path, name: str) -> Path | None:
    """Find the file ``folder/name``, plain or compressed; return None when it is missing."""
    for suffix in _SUFFIXES:
        path = folder / f"{name}{suffix}"
        if path.is_file():
            return path
    return None


def read_columns(
    path: Path,
    columns: Sequence[str],
    may_be_empty: Sequence[str] = (),
    integers: Sequence[str] = (),
) -> pl.DataFrame:
    """Read the named columns of a CSV file; row i is line i + 2 of the file.

    The columns ``integers`` are Int64, the others text. An empty cell is null, and an error except
    in the columns ``may_be_empty``. A last line without a newline is an error: the published files
    have one, and a cut number or name is another one. Raises DataError naming the file and, for a
    fault on one line, the line. Memory: the memory-mapped file and the named columns.
    """
    if not path.is_file():
        raise DataError(f"{path}: missing; expected a CSV file with {','.join(columns)}")
    refuse_other_start(path)
    rows = _parse(path, columns, integers)
    for column in columns:
        if column not in may_be_empty and rows[column].null_count():
            refuse_first(
                path, rows[column].is_null(), f"{column} is empty, expected a value; {_AGAIN}"
            )
    if rows.height and not _ends_with_newline(path):
        raise DataError(
            f"{path}:{line_of(rows.height - 1)}: no newline at its end, so the file may be cut "
            f"short; {_AGAIN}, or end the line if it is whole"
        )
    return rows.select(columns)


def _ends_with_newline(path: Path) -> bool:
    """Return whether the text of a file ends with a newline; a compressed one is read whole."""
    with open_input(path) as stream:
        if stream.seekable():
            stream.seek(-1, os.SEEK_END)
        last = b""
        while block := stream.read(_READ_SIZE):
            last = block
    return last.endswith(b"\n")


def _parse(path: Path, columns: Sequence[str], integers: Sequence[str]) -> pl.DataFrame:
    types = dict.fromkeys(integers, pl.Int64)
    try:
        return pl.read_csv(path, columns=list(columns), infer_schema=False, schema_overrides=types)
    except pl.exceptions.NoDataError as error:
        raise DataError(f"{path}: empty, expected {','.join(columns)}; {_AGAIN}") from error
    except pl.exceptions.ColumnNotFoundError as error:
        raise DataError(_wrong_header(path, columns)) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be unpacked: {error}; {_AGAIN}") from error
    except pl.exceptions.PolarsError as error:
        _refuse_other_text(path)
        if integers:
            # Read the integers as text to find the cell that is not one.
            text = _parse(path, columns, ())
            return text.with_columns(to_integers(path, text[column]) for column in integers)
        reason = str(error).splitlines()[0]
        raise DataError(f"{path}: cannot be read as CSV: {reason}; {_AGAIN}") from error


def refuse_other_start(path: Path) -> None:
    """Raise DataError for UTF-16, a first line with zeros, and lines that end in CR alone.

    Files of failed disks may hold nothing but zeros, and be huge: check them before they are read.
    """
    try:
        with open_input(path) as stream:
            start = stream.readline(_READ_SIZE)
    except DataError:
        return  # It cannot be unpacked, as the parser reports.
    line = without_mark(start, str(path))
    refuse_zeros(line, str(path), 1, _AGAIN)
    refuse_old_line_ends(line, str(path), 1)


def _refuse_other_text(path: Path) -> None:
    """Raise DataError for the first line that is not UTF-8."""
    try:
        rows = pl.read_csv(
            path, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True
        )
    except pl.exceptions.PolarsError:
        return  # Another fault, which the caller reports.
    wrong = rows.select(pl.any_horizontal(pl.all().str.contains("\ufffd")).fill_null(False))
    refuse_first(path, wrong.to_series(), f"not UTF-8 text; {_AGAIN}")


def _wrong_header(path: Path, columns: Sequence[str]) -> str:
    found = pl.read_csv(path, n_rows=0, infer_schema=False).columns
    missing = [column for column in columns if column not in found]
    return (
        f"{path}:1: no column {', '.join(missing)} in {','.join(found)}; "
        f"expected {','.join(columns)}, as in the published file"
    )


def line_of(row: int) -> int:
    """Return the line number of a row of ``read_columns``: after the header, from 1."""
    return row + FIRST_ROW_LINE


def refuse_first(path: Path, wrong: pl.Series, message: str) -> None:
    """Raise DataError for the first row that is ``wrong`` (booleans), with the file and line."""
    first = wrong.arg_true()
    if len(first):
        raise DataError(f"{path}:{line_of(first[0])}: {message}")


def to_integers(path: Path, text: pl.Series) -> pl.Series:
    """Convert text to Int64. Raises DataError for the first cell that is not an integer."""
    numbers = text.cast(pl.Int64, strict=False)
    wrong = (numbers.is_null() & text.is_not_null()).arg_true()
    if len(wrong):
        raise DataError(
            f"{path}:{line_of(wrong[0])}: {text.name} is {text[wrong[0]]!r}, "
            f"expected an integer; {_AGAIN}"
        )
    return numbers


def refuse_other_ids(path: Path, ids: pl.Series) -> None:
    """Raise DataError for the first id, or list of ids, that no image of Google has.

    It could lead out of the folder of images, or be refused when the list is read.
    """
    listed = ids if ids.dtype == pl.List else ids.reshape((-1, 1)).arr.to_list()
    wrong = listed.list.eval(~pl.element().str.contains(_ID)).list.any()
    rows = wrong.arg_true()
    if len(rows):
        bad = next(name for name in listed[rows[0]] if not re.fullmatch(_ID, name))
        raise DataError(f"{path}:{line_of(rows[0])}: {ids.name} is {bad!r}, {_ID_WORDS}; {_AGAIN}")


def refuse_duplicates(
    path: Path, values: pl.Series, what: str, keys: pl.Series | None = None
) -> None:
    """Raise DataError when a value appears twice, naming both lines.

    ``keys`` are equal exactly where the values are, and faster to compare.
    """
    if (values if keys is None else keys).n_unique() == len(values):
        return
    row = (~values.is_first_distinct()).arg_true()[0]
    first = (values == values[row]).arg_true()[0]
    raise DataError(
        f"{path}:{line_of(row)}: {what} {values[row]} appears twice, first on line "
        f"{line_of(first)}; expected each once, keep one of the lines"
    )
