"""The index images of Google Landmarks v2 and their landmarks."""

import logging
from pathlib import Path

import polars as pl

from gld_lists.gldv2 import metadata
from gld_lists.gldv2.compact_lists import Images
from gld_lists.gldv2.csv_files import find
from gld_lists.gldv2.landmarks import list_columns

log = logging.getLogger(__name__)


def read_index(raw: Path) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Read the index images (``id``, ``place``, ``clean``) and the categories.

    A ``place`` is a row of the categories. Returns None, with a log line, when a file is missing.
    Raises DataError for an image without a category.
    """
    path = find(raw, metadata.INDEX)
    categories_path = find(raw, metadata.INDEX_CATEGORIES)
    if path is None or categories_path is None:
        missing = metadata.INDEX if path is None else metadata.INDEX_CATEGORIES
        log.warning("%s: missing, so no lists index, index-train and all", raw / missing)
        return None
    images = metadata.read_images(path)
    categories = metadata.read_categories(categories_path)
    placed = images.join(
        categories.with_row_index("place"), on="landmark_id", how="left", maintain_order="left"
    )
    metadata.refuse_unnamed(images, path, placed, categories_path)
    return placed.select("id", "place", clean=pl.lit(1, pl.Int8)), categories


def index_images(rows: pl.DataFrame, categories: pl.DataFrame, by_name: pl.DataFrame) -> Images:
    """Give the images of ``read_index`` the labels of the train landmarks of the same name."""
    named = categories.join(by_name, on="landmark", how="left", maintain_order="left")
    return Images("index", rows, list_columns(named))
