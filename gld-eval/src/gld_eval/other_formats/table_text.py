"""Text of other programs' tables to columns of strings, with errors that name file and line."""

import polars as pl
from gld_shared.errors import DataError
from gld_shared.tables.parse import refuse_zeros
from gld_shared.text_encoding import without_mark


def read_cells(data: bytes, name: str, columns: list[str], is_csv: bool) -> pl.DataFrame:
    """Read rows of exactly these columns, all strings, with ``line``, their number in the file.

    A CSV begins with a line of names, in the given order, and quotes around its cells are removed;
    otherwise cells are separated by spaces or tabs. Blank lines are skipped. Raises DataError for a
    line with another number of cells, and for text that is not UTF-8. Memory: the text three times,
    and the columns.
    """
    text = without_mark(data, name)
    refuse_zeros(text, name, 1)
    lines = pl.Series("text", _decoded(text, name).split("\n")).str.strip_suffix("\r")
    if not is_csv:
        lines = lines.str.replace_all(r"[ \t]+", " ").str.strip_chars(" ")
    separator = "," if is_csv else " "
    rows = pl.DataFrame({"line": pl.int_range(1, len(lines) + 1, eager=True), "text": lines})
    rows = rows.filter(pl.col("text").str.strip_chars() != "")[int(is_csv) :]
    cells = pl.col("text").str.count_matches(separator, literal=True) + 1
    wrong = rows.with_columns(cells=cells).filter(pl.col("cells") != len(columns)).head(1)
    if wrong.height:
        line, _, found = wrong.row(0)
        raise DataError(
            f"{name}:{line}: {found} cell{'s' * (found != 1)}, expected {len(columns)}: "
            f"{' '.join(columns)}"
        )
    split = pl.col("text").str.split_exact(separator, len(columns) - 1)
    found = rows.select("line", split.struct.rename_fields(columns)).unnest("text")
    return found.with_columns(pl.col(columns).str.replace('^"(.*)"$', "$1")) if is_csv else found


def _decoded(text: bytes, name: str) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name}:{line}: not UTF-8 text; write the table in UTF-8") from error
