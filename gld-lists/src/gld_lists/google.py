"""Google Landmarks v2: the official metadata to lists, by the rules of the reference recipe.

Labels: the landmarks of train_clean.csv in its order, then train.csv's others as they first appear.
Index and test images take the label of the train landmark whose category has the same name; where
several have, the last of train_label_to_category.csv.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import polars as pl
from gld_shared.errors import DataError

from gld_lists import metadata
from gld_lists.countries import landmark_countries
from gld_lists.csvfiles import find, line_of
from gld_lists.kaggle import read_solution, solution_truth

log = logging.getLogger(__name__)

LIST_NAMES = ("clean", "c2x", "full", "index-train", "all", "queries", "index")
TABLE_NAMES = (*LIST_NAMES, "truth", "landmarks")
# Lists that begin with all rows of another.
LONGER = {"index-train": "full", "all": "index-train"}

_PLACE = ["country", "continent"]


@dataclass(frozen=True)
class _Index:
    """The index images (id, landmark) and the file that names them."""

    images: pl.DataFrame
    path: Path


def google_lists(raw: Path, countries: Path | None = None) -> dict[str, pl.DataFrame]:
    """All lists that the files below ``raw`` allow, by name (``TABLE_NAMES``).

    ``countries`` is the folder of country files; by default ``raw/country_info``. Without country
    files the lists have no country and continent, without index or solution some lists are left
    out, and a log line says so. Raises DataError with file, line and remedy for anything broken.
    Memory: about 150 bytes per row of train.csv and the index.
    """
    train_path = metadata.required_file(raw, metadata.TRAIN)
    train = metadata.read_images(train_path)
    clean_path = metadata.required_file(raw, metadata.CLEAN)
    clean = metadata.read_clean(clean_path, train, train_path)
    categories_path = metadata.required_file(raw, metadata.TRAIN_CATEGORIES)
    categories = metadata.read_categories(categories_path)
    landmarks = _landmarks(train, clean, categories)
    if landmarks["landmark"].null_count():
        # Said with the line of the first such image.
        metadata.name_images(train, train_path, categories, categories_path)
    landmarks = _add_places(landmarks, categories_path, raw, countries)

    tables = _train_lists(train, clean, landmarks)
    index = _read_index(raw)
    by_name = _by_name(landmarks, categories)
    if index is not None:
        tables["index"] = _as_list(
            index.images.join(by_name, on="landmark", how="left", maintain_order="left"), "index"
        )
        tables["index-train"] = pl.concat(
            [tables["full"], tables["index"].filter(pl.col("label").is_not_null())], rechunk=False
        )
    tables |= _test_tables(raw, index, by_name, tables.get("index-train"))
    tables["landmarks"] = _landmark_table(landmarks, tables["full"])
    return {name: tables[name] for name in TABLE_NAMES if name in tables}


def input_files(raw: Path, countries: Path | None = None) -> list[Path]:
    """What ``google_lists`` reads, for a history: the CSV files, the folder of country files."""
    names = (
        metadata.TRAIN,
        metadata.CLEAN,
        metadata.TRAIN_CATEGORIES,
        metadata.INDEX,
        metadata.INDEX_CATEGORIES,
        metadata.SOLUTION,
    )
    found = [path for name in names if (path := find(raw, name)) is not None]
    folder = raw / "country_info" if countries is None else countries
    return [*found, folder] if folder.is_dir() else found


def _landmarks(train: pl.DataFrame, clean: pl.Series, categories: pl.DataFrame) -> pl.DataFrame:
    """``label`` (0..n-1), ``landmark_id`` and ``landmark`` of every train landmark."""
    landmark_id = train["landmark_id"]
    return (
        pl.concat([landmark_id.gather(clean), landmark_id])
        .unique(maintain_order=True)
        .to_frame()
        .with_row_index("label")
        .with_columns(pl.col("label").cast(pl.Int64))
        .join(categories, on="landmark_id", how="left", maintain_order="left")
    )


def _add_places(
    landmarks: pl.DataFrame, categories_path: Path, raw: Path, countries: Path | None
) -> pl.DataFrame:
    folder = raw / "country_info" if countries is None else countries
    if countries is None and not folder.is_dir():
        log.warning("%s: missing, so the lists have no country and continent", folder)
        return landmarks
    placed = landmarks.join(
        landmark_countries(folder), on="landmark", how="left", maintain_order="left"
    )
    without = placed.filter(pl.col("country").is_null())
    if without.height:
        row = without.row(0, named=True)
        raise DataError(
            f"{categories_path}: category {row['landmark']} of landmark {row['landmark_id']} is in "
            f"no country file of {folder} ({without.height} such); add it to one, such as "
            "OTHER.json"
        )
    return placed


def _by_name(landmarks: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
    """The one train landmark that a category's name stands for outside train: the last."""
    in_file_order = categories.select("landmark_id").join(
        landmarks, on="landmark_id", how="inner", maintain_order="left"
    )
    return in_file_order.unique("landmark", keep="last").drop("landmark_id")


def _train_lists(
    train: pl.DataFrame, clean: pl.Series, landmarks: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """``clean`` holds the rows of train that are clean, in the order of the list clean."""
    is_clean = np.zeros(train.height, np.int8)
    is_clean[clean.to_numpy()] = 1
    labelled = train.join(landmarks, on="landmark_id", how="left", maintain_order="left")
    full = _as_list(labelled, "train", pl.lit(pl.Series(is_clean)))
    clean_rows = full[clean]
    return {
        "clean": clean_rows,
        "c2x": full.filter(pl.col("label") < clean_rows["label"].n_unique()),
        "full": full,
    }


def _as_list(rows: pl.DataFrame, folder: str, clean: pl.Expr | None = None) -> pl.DataFrame:
    """The columns of a list, of images that lie below ``folder``."""
    return rows.select(
        "id",
        metadata.image_path(folder).alias("path"),
        "label",
        "landmark",
        (pl.lit(1) if clean is None else clean).cast(pl.Int8).alias("clean"),
        *(pl.col(column).fill_null("") for column in _PLACE if column in rows.columns),
    )


def _read_index(raw: Path) -> _Index | None:
    path = find(raw, metadata.INDEX)
    categories_path = find(raw, metadata.INDEX_CATEGORIES)
    if path is None or categories_path is None:
        missing = metadata.INDEX if path is None else metadata.INDEX_CATEGORIES
        log.warning("%s: missing, so no lists index, index-train and all", raw / missing)
        return None
    images = metadata.read_images(path)
    categories = metadata.read_categories(categories_path)
    named = metadata.name_images(images, path, categories, categories_path)
    return _Index(named.select("id", "landmark"), path)


def _test_tables(
    raw: Path, index: _Index | None, by_name: pl.DataFrame, index_train: pl.DataFrame | None
) -> dict[str, pl.DataFrame]:
    path = find(raw, metadata.SOLUTION)
    if path is None:
        log.warning("%s: missing, so no queries, truth and all", raw / metadata.SOLUTION)
        return {}
    solution = read_solution(path)
    tables = {"truth": solution_truth(solution)}
    if index is None or index_train is None:
        log.warning("no index, so the queries have no labels")
        tables["queries"] = _as_list(
            solution.select("id", pl.lit(None, pl.Int64).alias("label"), landmark=pl.lit("")),
            "test",
        )
        return tables
    tags = _query_tags(solution, path, index, by_name)
    queries = tables["queries"] = _as_list(tags, "test")
    # The recipe drops a query none of whose landmarks is in train, and keeps the ignored ones.
    kept = queries.filter((tags["label"].is_not_null()) | (tags["landmark"] == ""))
    tables["all"] = pl.concat([index_train, kept], rechunk=False)
    return tables


def _query_tags(
    solution: pl.DataFrame, path: Path, index: _Index, by_name: pl.DataFrame
) -> pl.DataFrame:
    """A row per query and landmark of its relevant images, known labels first and ascending."""
    pairs = solution.with_row_index("row").explode("images", empty_as_null=True)
    named = pairs.join(
        index.images.rename({"id": "images"}), on="images", how="left", maintain_order="left"
    )
    unknown = named.filter(pl.col("images").is_not_null() & pl.col("landmark").is_null())
    if unknown.height:
        row, image = unknown.select("row", "images").row(0)
        raise DataError(
            f"{path}:{line_of(row)}: index image {image} is not in {index.path}; "
            "expected both files from the same release"
        )
    return (
        named.select("row", "id", pl.col("landmark").fill_null(""))
        .unique(maintain_order=True)
        .join(by_name, on="landmark", how="left", maintain_order="left")
        .sort("row", "label", "landmark", nulls_last=True)
    )


def _landmark_table(landmarks: pl.DataFrame, full: pl.DataFrame) -> pl.DataFrame:
    label = full["label"].to_numpy()
    images = np.bincount(label)
    clean = np.bincount(label[full["clean"].to_numpy() == 1], minlength=len(images))
    return landmarks.select(
        "label",
        "landmark",
        pl.Series("name", [readable_name(landmark) for landmark in landmarks["landmark"]]),
        *(pl.col(one) if one in landmarks.columns else pl.lit("").alias(one) for one in _PLACE),
        pl.Series("images", images),
        pl.Series("clean_images", clean),
    )


def readable_name(landmark: str) -> str:
    """A category's name for people: decoded, underscores as spaces, on one line."""
    return " ".join(unquote(landmark).replace("_", " ").split())
