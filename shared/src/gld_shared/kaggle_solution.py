"""Kaggle's solutions of the landmark competitions, as the official code understands their rows.

Source: tensorflow/models, research/delf, datasets/google_landmarks_dataset/dataset_file_io.py.

``rows`` are those of a CSV file: text in the columns ``id``, ``Usage`` and ``images`` (of the
retrieval competition), and ``line``, their number in the file ``name``.
"""

import polars as pl

from gld_shared.tables.wrong_rows import refuse_first

# What the official solution writes for the images of an ignored query.
_NOTHING = "None"
_USAGES = ["public", "private", "ignored"]


def check_ids(rows: pl.DataFrame, name: str) -> None:
    """Raise DataError for an id that is empty or appears twice."""
    refuse_first(rows, pl.col("id") == "", name, "id is empty")
    if rows["id"].n_unique() < rows.height:
        refuse_first(
            rows.with_columns(first=pl.col("line").first().over("id")),
            ~pl.col("id").is_first_distinct(),
            name,
            "id {id!r} appears twice, first on line {first}; expected each once, keep one of the "
            "lines",
        )


def with_usage(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add ``usage``: public, private or ignored. Raises DataError for another, and as above."""
    check_ids(rows, name)
    rows = rows.with_columns(usage=pl.col("Usage").str.to_lowercase())
    refuse_first(
        rows,
        ~pl.col("usage").is_in(_USAGES),
        name,
        "Usage is {Usage!r}, expected Public, Private or Ignored",
    )
    return rows


def relevant_images(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return ``id``, ``images`` (a list of index ids) and ``usage`` of each query, in their order.

    The images of an ignored query are dropped. Raises DataError for a query without images that is
    not ignored, for two spaces between images, and as above.
    """
    rows = with_usage(rows, name).with_columns(listed=pl.col("images").str.split(" "))
    without_name = pl.col("listed").list.eval(pl.element() == "").list.any()
    ignored = pl.col("usage") == "ignored"
    refuse_first(
        rows,
        ~ignored & (without_name | (pl.col("images") == _NOTHING)),
        name,
        "images is {images!r}; expected ids separated by one space, or Ignored in the column Usage",
    )
    none = pl.lit([], dtype=pl.List(pl.String))
    images = pl.when(ignored).then(none).otherwise(pl.col("listed"))
    return rows.select("id", images.alias("images"), "usage")


def relevant_pairs(solution: pl.DataFrame, column: str = "images") -> pl.DataFrame:
    """Return ``query_id``, ``index_id`` and ``usage`` of each query and element of its list.

    A query with an empty list has one row, with an empty index_id.
    """
    return solution.explode(column, empty_as_null=True).select(
        pl.col("id").alias("query_id"),
        pl.col(column).fill_null("").alias("index_id"),
        pl.col("usage"),
    )
