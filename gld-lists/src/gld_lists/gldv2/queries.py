"""The queries of a solution, with the landmarks of their relevant images."""

from pathlib import Path

import polars as pl
from gld_shared.errors import DataError

from gld_lists.gldv2.csv_files import line_of
from gld_lists.gldv2.landmark_labels import list_columns
from gld_lists.gldv2.lists_in_blocks import Images


def bare_queries(solution: pl.DataFrame) -> Images:
    """Return the queries in the solution's order, without landmarks."""
    no_landmark = pl.DataFrame(
        {"label": [None], "landmark": [""]}, schema_overrides={"label": pl.Int64}
    )
    rows = solution.select("id", place=pl.lit(0, pl.UInt32), clean=pl.lit(1, pl.Int8))
    return Images("test", rows, no_landmark)


def query_images(
    solution: pl.DataFrame, path: Path, index: Images, index_path: Path, by_name: pl.DataFrame
) -> Images:
    """Return a row for each query and each landmark of its relevant images.

    A query's landmarks are sorted by label, those without a label last. An ignored query has one
    row with an empty name. Raises DataError when the solution, which was read from ``path``, names
    an image that ``index`` lacks.
    """
    tags = _named(solution, path, index, index_path).join(
        by_name, on="landmark", how="left", maintain_order="left"
    )
    tags = tags.sort("row", "label", "landmark", nulls_last=True)
    rows = tags.select("id", clean=pl.lit(1, pl.Int8)).with_row_index("place")
    return Images("test", rows, list_columns(tags))


def _named(solution: pl.DataFrame, path: Path, index: Images, index_path: Path) -> pl.DataFrame:
    """Pair ``row`` and ``id`` of each query with each ``landmark`` of its relevant images."""
    pairs = solution.with_row_index("row").explode("images", empty_as_null=True)
    # Reduce the index to the few relevant images first: a join with all of it is slower.
    relevant = index.rows.join(pairs, left_on="id", right_on="images", how="semi")
    found = pairs.join(
        relevant.select("place", images="id"), on="images", how="left", maintain_order="left"
    )
    unknown = found.filter(pl.col("images").is_not_null() & pl.col("place").is_null())
    if unknown.height:
        row, image = unknown.select("row", "images").row(0)
        raise DataError(
            f"{path}:{line_of(row)}: index image {image} is not in {index_path}; "
            "expected both files from the same release"
        )
    names = index.places["landmark"].gather(found["place"]).fill_null("")
    return found.select("row", "id", names).unique(maintain_order=True)
