"""The landmarks of train: their labels, names and places."""

from pathlib import Path
from urllib.parse import unquote

import numpy as np
import polars as pl
from gld_shared.errors import DataError

_COUNTRY = ("country", "continent")


def labelled_landmarks(
    train: pl.DataFrame, clean: pl.Series, categories: pl.DataFrame
) -> pl.DataFrame:
    """``label``, ``landmark_id`` and ``landmark`` of every train landmark; row i has label i.

    First the landmarks of ``clean``, which are rows of ``train``, then the others as they come.
    ``landmark`` is null for a landmark without a category.
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
    """Landmarks with ``country`` and ``continent`` from the ``countries`` of a folder.

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
    """The columns of a list that follow from the landmark; empty where nothing is known."""
    known = [column for column in _COUNTRY if column in landmarks.columns]
    return landmarks.select("label", pl.col("landmark", *known).fill_null(""))


def landmarks_by_name(landmarks: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
    """The one train landmark that a category's name stands for outside train: the last."""
    in_file_order = categories.select("landmark_id").join(
        landmarks, on="landmark_id", how="inner", maintain_order="left"
    )
    return in_file_order.unique("landmark", keep="last").drop("landmark_id")


def landmark_table(landmarks: pl.DataFrame, train: pl.DataFrame) -> pl.DataFrame:
    """The table of landmarks; ``train`` has the ``place`` (a label) and ``clean`` of its images."""
    place, clean = train["place"].to_numpy(), train["clean"].to_numpy()
    return landmarks.select(
        "label",
        "landmark",
        pl.Series("name", [readable_name(landmark) for landmark in landmarks["landmark"]]),
        *(pl.col(one) if one in landmarks.columns else pl.lit("").alias(one) for one in _COUNTRY),
        pl.Series("images", np.bincount(place)),
        pl.Series("clean_images", np.bincount(place[clean == 1], minlength=landmarks.height)),
    )


def readable_name(landmark: str) -> str:
    """A category's name for people: decoded, underscores as spaces, on one line."""
    return " ".join(unquote(landmark).replace("_", " ").split())
