"""The index images of Google Landmarks v2 and their landmarks."""

from pathlib import Path

import polars as pl

from gld_lists.gldv2 import official_csv
from gld_lists.gldv2.csv_files import find
from gld_lists.gldv2.landmark_labels import list_columns
from gld_lists.gldv2.lists_in_blocks import Images

INDEX_FILES = (official_csv.INDEX, official_csv.INDEX_CATEGORIES)


def read_index(raw: Path) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Read the index images (``id``, ``place``, ``clean``) and the categories.

    A ``place`` is a row of the categories. Returns None when a file is missing. Raises DataError
    for an image without a category.
    """
    path, categories_path = (find(raw, name) for name in INDEX_FILES)
    if path is None or categories_path is None:
        return None
    images = official_csv.read_images(path)
    categories = official_csv.read_categories(categories_path)
    placed = images.join(
        categories.with_row_index("place"), on="landmark_id", how="left", maintain_order="left"
    )
    official_csv.refuse_unnamed(images, path, placed, categories_path)
    return placed.select("id", "place", clean=pl.lit(1, pl.Int8)), categories


def index_images(rows: pl.DataFrame, categories: pl.DataFrame, by_name: pl.DataFrame) -> Images:
    """Give the images of ``read_index`` the labels of the train landmarks of the same name."""
    named = categories.join(by_name, on="landmark", how="left", maintain_order="left")
    return Images("index", rows, list_columns(named))
