"""The solution of Google's retrieval competition."""

from pathlib import Path

import polars as pl
from gld_shared.kaggle_solution import relevant_images

from gld_lists.gldv2.csv_files import FIRST_ROW_LINE, read_columns, refuse_other_ids


def read_solution(path: Path) -> pl.DataFrame:
    """Read the queries of a solution CSV (``id,images,Usage``), in file order.

    The columns are ``id``, ``images`` (a list of index ids) and ``usage`` (public, private or
    ignored). The images of an ignored query are dropped. Raises DataError with file and line.
    """
    rows = read_columns(path, ["id", "images", "Usage"], may_be_empty=["images"])
    refuse_other_ids(path, rows["id"])
    images = pl.col("images").fill_null("").str.strip_chars()
    rows = rows.with_columns(images).with_row_index("line", FIRST_ROW_LINE)
    solution = relevant_images(rows, str(path))
    refuse_other_ids(path, solution["images"])
    return solution
