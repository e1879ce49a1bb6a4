"""The official CSV files of Google Landmarks v2, read and checked.

Columns: train.csv has ``id,url,landmark_id``; train_clean.csv ``landmark_id,images``, with spaces
between the images; the files of categories ``landmark_id,category``; index_image_to_landmark.csv
``id,landmark_id``. Landmark ids of train and index are unrelated numbers; only the category's name
links a landmark of one to the other.
"""

from pathlib import Path
from typing import NoReturn

import numpy as np
import polars as pl
from gld_shared.errors import DataError

from gld_lists.gldv2.csv_files import (
    find,
    line_of,
    read_columns,
    refuse_duplicates,
    refuse_first,
    refuse_other_ids,
)
from gld_lists.gldv2.integer_ids import image_keys

TRAIN = "train/train.csv"
CLEAN = "train/train_clean.csv"
TRAIN_CATEGORIES = "train/train_label_to_category.csv"
INDEX = "index/index_image_to_landmark.csv"
INDEX_CATEGORIES = "index/index_label_to_category.csv"
SOLUTION = "test/retrieval_solution_v2.1.csv"

_CATEGORY = r"^https?://commons\.wikimedia\.org/wiki/Category:([^[:cntrl:]]+)$"


def required_file(raw: Path, name: str) -> Path:
    """Find the file ``name`` below ``raw``, plain or compressed; raise DataError if missing."""
    path = find(raw, name)
    if path is None:
        raise DataError(
            f"{raw / name}: missing; expected the folder that holds train/, index/ and test/ "
            "with the official CSV files"
        )
    return path


def image_path(folder: str) -> pl.Expr:
    """Return the path for the column ``id``: ``folder/a/b/c/abcdef.jpg`` for ``abcdef``."""
    image = pl.col("id")
    first_three = [image.str.slice(position, 1) for position in range(3)]
    return pl.format(f"{folder}/{{}}/{{}}/{{}}/{{}}.jpg", *first_three, image)


def read_images(path: Path) -> pl.DataFrame:
    """Read images with their landmark, in file order: ``id``, ``landmark_id`` (Int64), ``key``.

    For train.csv and index_image_to_landmark.csv. Raises DataError for an
    image that appears twice, and for an id that no image of Google has.
    """
    rows = read_columns(path, ["id", "landmark_id"], integers=["landmark_id"])
    keys = image_keys(rows["id"])
    if keys.dtype == pl.String:
        refuse_other_ids(path, rows["id"])
    refuse_duplicates(path, rows["id"], "image", keys)
    return rows.with_columns(keys)


def read_clean(path: Path, train: pl.DataFrame, train_path: Path) -> pl.Series:
    """Read the clean images in file order, landmark by landmark: the row of each in ``train``.

    Raises DataError for a landmark or an image that appears twice, and for an image that train.csv
    does not have under the same landmark.
    """
    rows = read_columns(path, ["landmark_id", "images"], integers=["landmark_id"])
    refuse_duplicates(path, rows["landmark_id"], "landmark")
    images = (
        rows.with_row_index("row")
        # Drop the column of whole cells, which explode would copy for each image.
        .select("row", "landmark_id", pl.col("images").str.strip_chars().str.split(" ").alias("id"))
        .explode("id")
    )
    positions = _positions(images, train)
    if positions is None:
        _refuse_clean(path, images, train, train_path)
    return positions


def _positions(images: pl.DataFrame, train: pl.DataFrame) -> pl.Series | None:
    """Return each image's row in train, or None.

    None unless train has every image once, under the same landmark.
    """
    keys = image_keys(images["id"])
    key = "key" if keys.dtype == train["key"].dtype else "id"
    # An inner join without order is three times faster than an ordered left join.
    found = (
        images.with_columns(keys)
        .with_row_index("clean_row")
        .join(train.select(key, train_landmark="landmark_id").with_row_index("train_row"), on=key)
        .filter(pl.col("landmark_id") == pl.col("train_landmark"))
    )
    if found.height < images.height or found["train_row"].n_unique() < found.height:
        return None
    positions = np.empty(images.height, np.uint32)
    positions[found["clean_row"].to_numpy()] = found["train_row"].to_numpy()
    return pl.Series(positions)


def _refuse_clean(
    path: Path, images: pl.DataFrame, train: pl.DataFrame, train_path: Path
) -> NoReturn:
    """Raise DataError for the first image that appears twice, or else the first not in train."""
    repeated = images.filter(~pl.struct("id", "landmark_id").is_first_distinct())
    if repeated.height:
        raise DataError(
            f"{path}:{line_of(repeated['row'][0])}: image {repeated['id'][0]} appears twice; "
            "expected each once, keep one"
        )
    unknown = images.join(train, on=["id", "landmark_id"], how="anti", maintain_order="left")
    row, image, landmark = unknown.select("row", "id", "landmark_id").row(0)
    raise DataError(
        f"{path}:{line_of(row)}: image {image} of landmark {landmark} is not in {train_path}; "
        "expected both files from the same release"
    )


def read_categories(path: Path) -> pl.DataFrame:
    """Read landmarks with their category's name, in file order: ``landmark_id``, ``landmark``.

    The name is kept as in the URL: percent-encoded, with underscores.
    """
    rows = read_columns(path, ["landmark_id", "category"], integers=["landmark_id"])
    refuse_duplicates(path, rows["landmark_id"], "landmark")
    names = rows["category"].str.extract(_CATEGORY).alias("landmark")
    refuse_first(
        path,
        names.is_null(),
        "category is not an address that starts with "
        "http://commons.wikimedia.org/wiki/Category:; fix the line",
    )
    return pl.DataFrame([rows["landmark_id"], names])


def refuse_unnamed(
    images: pl.DataFrame, images_path: Path, landmarks: pl.DataFrame, categories_path: Path
) -> None:
    """Raise DataError for the first image whose ``landmark_id`` has no name in ``landmarks``."""
    unnamed = landmarks.filter(pl.col("landmark").is_null())["landmark_id"]
    if not len(unnamed):
        return
    row = images["landmark_id"].is_in(unnamed.implode()).arg_true()[0]
    raise DataError(
        f"{images_path}:{line_of(row)}: landmark {images['landmark_id'][row]} has no category "
        f"in {categories_path}; expected both files from the same release"
    )
