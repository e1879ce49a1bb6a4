"""The landmarks of train: labels, names, countries and continents."""

from pathlib import Path
from urllib.parse import unquote

import numpy as np
import polars as pl
from gld_shared.errors import DataError

_COUNTRY = ("country", "continent")


def labelled_landmarks(
    train: pl.DataFrame, clean: pl.Series, categories: pl.DataFrame
) -> pl.DataFrame:
    """Number the train landmarks: ``label``, ``landmark_id``, ``landmark``; row i has label i.

    ``clean`` holds rows of ``train``: their landmarks come first, then the remaining landmarks as
    they first appear. ``landmark`` is null for a landmark without a category.
    """
    landmark_id = train["landmark_id"]
    return (
        pl.concat([landmark_id.gather(clean), landmark_id])
        .unique(maintain_order=True)
        .to_frame()
        .with_row_index("label")
        .with_columns(pl.col("label").cast(pl.Int64))
        .join(categories, on="landmark_id", how="left", maintain_order="left")
    )


def place_landmarks(
    landmarks: pl.DataFrame, categories_path: Path, countries: pl.DataFrame, folder: Path
) -> pl.DataFrame:
    """Add ``country`` and ``continent`` from the ``countries`` that were read from ``folder``.

    Raises DataError for a landmark that is in no country file.
    """
    placed = landmarks.join(countries, on="landmark", how="left", maintain_order="left")
    without = placed.filter(pl.col("country").is_null())
    if without.height:
        row = without.row(0, named=True)
        raise DataError(
            f"{categories_path}: category {row['landmark']} of landmark {row['landmark_id']} is in "
            f"no country file of {folder} ({without.height} such); add it to one, such as "
            "OTHER.json"
        )
    return placed


def list_columns(landmarks: pl.DataFrame) -> pl.DataFrame:
    """Select a list's columns that follow from the landmark, with "" for unknown values."""
    known = [column for column in _COUNTRY if column in landmarks.columns]
    return landmarks.select("label", pl.col("landmark", *known).fill_null(""))


def landmarks_by_name(landmarks: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
    """Choose the train landmark for each category name: the last in the file of categories."""
    in_file_order = categories.select("landmark_id").join(
        landmarks, on="landmark_id", how="inner", maintain_order="left"
    )
    return in_file_order.unique("landmark", keep="last").drop("landmark_id")


def landmark_table(landmarks: pl.DataFrame, train: pl.DataFrame) -> pl.DataFrame:
    """Make the table of landmarks; ``train`` has ``place`` (a label) and ``clean`` per image."""
    place, clean = train["place"].to_numpy(), train["clean"].to_numpy()
    return landmarks.select(
        "label",
        "landmark",
        pl.Series("name", [readable_name(landmark) for landmark in landmarks["landmark"]]),
        *(
            pl.col(column) if column in landmarks.columns else pl.lit("").alias(column)
            for column in _COUNTRY
        ),
        pl.Series("images", np.bincount(place)),
        pl.Series("clean_images", np.bincount(place[clean == 1], minlength=landmarks.height)),
    )


def readable_name(landmark: str) -> str:
    """Return a category's name for people: percent-decoded, with spaces, on one line."""
    return " ".join(unquote(landmark).replace("_", " ").split())
