"""Errors for the first wrong row of a table that another program wrote."""

import polars as pl

from gld_shared.errors import DataError


def refuse_first(rows: pl.DataFrame, wrong: pl.Expr, name: str, message: str) -> None:
    """Raise DataError for the first row that is wrong, with its line; braces name its columns.

    ``rows`` have a column ``line``, their number in the file ``name``. A null is wrong.
    """
    bad = rows.filter(wrong.fill_null(True)).head(1)
    if bad.height:
        row = bad.row(0, named=True)
        raise DataError(f"{name}:{row['line']}: {message.format(**row)}")
