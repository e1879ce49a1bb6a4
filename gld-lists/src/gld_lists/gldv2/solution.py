"""The solution of Google's retrieval competition, and the relevant pairs in it."""

from pathlib import Path

import polars as pl

from gld_lists.gldv2.csv_files import (
    read_columns,
    refuse_duplicates,
    refuse_first,
    refuse_other_ids,
)

_USAGES = ("public", "private", "ignored")


def read_solution(path: Path) -> pl.DataFrame:
    """Read the queries of a solution CSV (``id,images,Usage``), in file order.

    The columns are ``id``, ``images`` (a list of index ids) and ``usage`` (public, private or
    ignored). The images of an ignored query are dropped. Raises DataError with file and line.
    """
    rows = read_columns(path, ["id", "images", "Usage"], may_be_empty=["images"])
    refuse_other_ids(path, rows["id"])
    refuse_duplicates(path, rows["id"], "query")
    usage = rows["Usage"].str.to_lowercase()
    refuse_first(path, ~usage.is_in(_USAGES), "Usage is not one of Public, Private, Ignored")
    ignored = usage == "ignored"
    images = rows["images"].str.strip_chars()
    empty = images.is_null() | images.is_in(["", "None"])
    refuse_first(
        path, ~ignored & empty, "no images; expected index ids, or Ignored in the column Usage"
    )
    listed = pl.DataFrame({"images": images, "ignored": ignored}).select(
        pl.when("ignored")
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(pl.col("images").str.split(" "))
        .alias("images")
    )
    refuse_other_ids(path, listed["images"])
    return pl.DataFrame([rows["id"], listed["images"], usage.alias("usage")])


def solution_truth(solution: pl.DataFrame) -> pl.DataFrame:
    """Return the relevant pairs of a solution: ``query_id``, ``index_id``, ``usage``.

    An ignored query has one row, with an empty index_id.
    """
    return solution.explode("images", empty_as_null=True).select(
        pl.col("id").alias("query_id"),
        pl.col("images").fill_null("").alias("index_id"),
        pl.col("usage"),
    )
