"""Google Landmarks v2: the official metadata to lists, by the rules of the reference recipe.

Labels: the landmarks of train_clean.csv in its order, then train.csv's others as they first appear.
Index and test images take the label of the train landmark whose category has the same name; where
several have, the last of train_label_to_category.csv.
"""

import logging
from pathlib import Path

import numpy as np
import polars as pl

from gld_lists import metadata
from gld_lists.csvfiles import find
from gld_lists.imagelists import ImageList, Images
from gld_lists.kaggle import read_solution, solution_truth
from gld_lists.landmarks import (
    add_places,
    labelled_landmarks,
    landmark_table,
    landmarks_by_name,
    places,
)
from gld_lists.queries import bare_queries, query_images

log = logging.getLogger(__name__)

LIST_NAMES = ("clean", "c2x", "full", "index-train", "all", "queries", "index")
TABLE_NAMES = (*LIST_NAMES, "truth", "landmarks")

Tables = dict[str, ImageList | pl.DataFrame]


def google_lists(raw: Path, countries: Path | None = None) -> dict[str, pl.DataFrame]:
    """The tables of ``google_tables``, each in memory as a whole.

    Memory: about 800 bytes per row of train.csv and the index.
    """
    tables = google_tables(raw, countries)
    return {
        name: table.frame() if isinstance(table, ImageList) else table
        for name, table in tables.items()
    }


def google_tables(raw: Path, countries: Path | None = None) -> Tables:
    """All lists that the files below ``raw`` allow, by name (``TABLE_NAMES``).

    ``countries`` is the folder of country files; by default ``raw/country_info``. Without country
    files the lists have no country and continent, without index or solution some lists are left
    out, and a log line says so. Raises DataError with file, line and remedy for anything broken.
    Memory: about 200 bytes per row of train.csv and the index, besides the bytes of train.csv,
    which are mapped.
    """
    train_path = metadata.required_file(raw, metadata.TRAIN)
    clean_path = metadata.required_file(raw, metadata.CLEAN)
    categories_path = metadata.required_file(raw, metadata.TRAIN_CATEGORIES)
    train = metadata.read_images(train_path)
    clean = metadata.read_clean(clean_path, train, train_path)
    categories = metadata.read_categories(categories_path)
    landmarks = labelled_landmarks(train, clean, categories)
    metadata.refuse_unnamed(train, train_path, landmarks, categories_path)
    folder = raw / "country_info" if countries is None else countries
    if countries is not None or folder.is_dir():
        landmarks = add_places(landmarks, categories_path, folder)
    else:
        log.warning("%s: missing, so the lists have no country and continent", folder)

    full = _train_images(train, clean, landmarks)
    by_name = landmarks_by_name(landmarks, categories)
    tables = _train_tables(full, clean)
    tables |= _index_and_test_tables(raw, full, by_name)
    tables["landmarks"] = landmark_table(landmarks, full.rows)
    return {name: tables[name] for name in TABLE_NAMES if name in tables}


def input_files(raw: Path, countries: Path | None = None) -> list[Path]:
    """What ``google_tables`` reads, for a history: the CSV files, the folder of country files."""
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


def _train_images(train: pl.DataFrame, clean: pl.Series, landmarks: pl.DataFrame) -> Images:
    """All images of train, in file order; ``clean`` holds the rows of the clean ones."""
    is_clean = np.zeros(train.height, np.int8)
    is_clean[clean.to_numpy()] = 1
    labels = landmarks.select("landmark_id", pl.col("label").cast(pl.UInt32).alias("place"))
    placed = train.join(labels, on="landmark_id", how="left", maintain_order="left")
    rows = placed.select("id", "place", pl.Series("clean", is_clean))
    return Images("train", rows, places(landmarks))


def _train_tables(full: Images, clean: pl.Series) -> Tables:
    rows = full.rows[clean]
    # Their labels are the first.
    clean_landmarks = full.places["label"] < rows["place"].n_unique()
    return {
        "clean": ImageList((Images("train", rows, full.places),)),
        "c2x": ImageList((full.filter(clean_landmarks),)),
        "full": ImageList((full,)),
    }


def _index_and_test_tables(raw: Path, full: Images, by_name: pl.DataFrame) -> Tables:
    tables: Tables = {}
    index = _read_index(raw, by_name)
    if index is not None:
        known = index.filter(index.places["label"].is_not_null())
        tables["index"] = ImageList((index,))
        tables["index-train"] = ImageList((full, known))
    path = find(raw, metadata.SOLUTION)
    if path is None:
        log.warning("%s: missing, so no queries, truth and all", raw / metadata.SOLUTION)
        return tables
    solution = read_solution(path)
    tables["truth"] = solution_truth(solution)
    if index is None:
        log.warning("no index, so the queries have no labels")
        tables["queries"] = ImageList((bare_queries(solution),))
        return tables
    queries = query_images(
        solution, path, index, metadata.required_file(raw, metadata.INDEX), by_name
    )
    # The recipe drops a query none of whose landmarks is in train, and keeps the ignored ones.
    kept = queries.places["label"].is_not_null() | (queries.places["landmark"] == "")
    tables["queries"] = ImageList((queries,))
    tables["all"] = ImageList((full, known, queries.filter(kept)))
    return tables


def _read_index(raw: Path, by_name: pl.DataFrame) -> Images | None:
    path = find(raw, metadata.INDEX)
    categories_path = find(raw, metadata.INDEX_CATEGORIES)
    if path is None or categories_path is None:
        missing = metadata.INDEX if path is None else metadata.INDEX_CATEGORIES
        log.warning("%s: missing, so no lists index, index-train and all", raw / missing)
        return None
    images = metadata.read_images(path)
    categories = metadata.read_categories(categories_path)
    # An image's place is its category's line.
    named = categories.join(by_name, on="landmark", how="left", maintain_order="left")
    number = named.with_row_index("place").select("landmark_id", "place", "landmark")
    placed = images.join(number, on="landmark_id", how="left", maintain_order="left")
    metadata.refuse_unnamed(images, path, placed, categories_path)
    rows = placed.select("id", "place", clean=pl.lit(1, pl.Int8))
    return Images("index", rows, places(named))
