"""Text of other programs' tables to columns of strings, with errors that name file and line."""

import csv

import polars as pl
from gld_shared.errors import DataError
from gld_shared.tables.parse import refuse_zeros
from gld_shared.text_encoding import without_mark


def read_cells(data: bytes, name: str, columns: list[str], is_csv: bool) -> pl.DataFrame:
    """Read rows of exactly these columns, all strings, with ``line``, their number in the file.

    A CSV begins with a line of names, in the given order, and has CSV's quotes within a line;
    otherwise cells are separated by spaces or tabs. Blank lines are skipped. Raises DataError for a
    line with another number of cells, or a quote without its other end, and for text that is not
    UTF-8. Memory: the text three times, and the columns; more for lines with quotes.
    """
    text = without_mark(data, name)
    refuse_zeros(text, name, 1)
    lines = pl.Series("text", _decoded(text, name).split("\n")).str.strip_suffix("\r")
    if not is_csv:
        lines = lines.str.replace_all(r"[ \t]+", " ").str.strip_chars(" ")
    separator = "," if is_csv else " "
    rows = pl.DataFrame({"line": pl.int_range(1, len(lines) + 1, eager=True), "text": lines})
    rows = rows.filter(pl.col("text").str.strip_chars() != "")[int(is_csv) :]
    rows = rows.with_columns(cells=pl.col("text").str.split(separator))
    if is_csv:
        rows = _with_quotes(rows, name)
    wrong = rows.filter(pl.col("cells").list.len() != len(columns)).head(1)
    if wrong.height:
        found = len(wrong["cells"][0])
        raise DataError(
            f"{name}:{wrong['line'][0]}: {found} cell{'s' * (found != 1)}, expected "
            f"{len(columns)}: {' '.join(columns)}"
        )
    cells = (pl.col("cells").list.get(place).alias(each) for place, each in enumerate(columns))
    return rows.select("line", *cells)


def _with_quotes(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Read the ``cells`` of lines that hold a quote as CSV's."""
    quoted = rows["text"].str.contains('"', literal=True)
    if not quoted.any():
        return rows
    cells = rows["cells"].to_list()
    for place in quoted.arg_true().to_list():
        try:
            (cells[place],) = csv.reader([rows["text"][place]], strict=True)
        except csv.Error as error:
            line = rows["line"][place]
            raise DataError(f"{name}:{line}: not CSV: {error}; make the file again") from error
    return rows.with_columns(cells=pl.Series(cells, dtype=pl.List(pl.String)))


def _decoded(text: bytes, name: str) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name}:{line}: not UTF-8 text; write the table in UTF-8") from error
