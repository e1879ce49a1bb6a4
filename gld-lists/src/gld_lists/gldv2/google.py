"""Lists from the official metadata of Google Landmarks v2, by the rules of the reference recipe.

Labels number the landmarks of train_clean.csv in its order, then the remaining landmarks of
train.csv as they first appear. Index and test images take the label of the train landmark whose
category has the same name, the last one in train_label_to_category.csv where several have it.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.kaggle_solution import relevant_pairs

from gld_lists.gldv2 import official_csv
from gld_lists.gldv2.countries import landmark_countries, refuse_long_files
from gld_lists.gldv2.csv_files import find, refuse_other_start
from gld_lists.gldv2.index_images import INDEX_FILES, index_images, read_index
from gld_lists.gldv2.landmark_labels import (
    labelled_landmarks,
    landmark_table,
    landmarks_by_name,
    list_columns,
    place_landmarks,
)
from gld_lists.gldv2.lists_in_blocks import ImageList, Images
from gld_lists.gldv2.queries import bare_queries, query_images
from gld_lists.gldv2.solution import read_solution

log = logging.getLogger(__name__)

LIST_NAMES = ("clean", "c2x", "full", "index-train", "all", "queries", "index")
TABLE_NAMES = (*LIST_NAMES, "truth", "landmarks")

Tables = dict[str, ImageList | pl.DataFrame]


def google_lists(raw: Path, countries: Path | None = None) -> dict[str, pl.DataFrame]:
    """Make the tables of ``google_tables``, each as a data frame.

    Memory: about 1 KB per row of train.csv.
    """
    tables = google_tables(raw, countries)
    return {
        name: table.frame() if isinstance(table, ImageList) else table
        for name, table in tables.items()
    }


def google_tables(raw: Path, countries: Path | None = None) -> Tables:
    """Make all lists that the files below ``raw`` allow, by name (``TABLE_NAMES``).

    ``countries`` is the folder of country files, by default ``raw/country_info``. Without country
    files the lists have no country and continent; without the index or the solution some lists are
    missing. A log line says so. Raises DataError with file, line and remedy for a broken file.
    Memory: about 150 bytes per row of train.csv.
    """
    train_path = official_csv.required_file(raw, official_csv.TRAIN)
    clean_path = official_csv.required_file(raw, official_csv.CLEAN)
    categories_path = official_csv.required_file(raw, official_csv.TRAIN_CATEGORIES)
    folder = _country_folder(raw, countries)
    read_country_files = countries is not None or folder.is_dir()
    # Before any thread starts, so that the log lines have the same order in every run.
    _warn_of_missing_files(raw, None if read_country_files else folder)
    # Reading train.csv does not keep two cores busy, so read the other files in threads beside it.
    with ThreadPoolExecutor(2) as pool:
        reading_countries = pool.submit(landmark_countries, folder) if read_country_files else None
        reading_index = pool.submit(read_index, raw)
        train = official_csv.read_images(train_path)
        clean = official_csv.read_clean(clean_path, train, train_path)
        categories = official_csv.read_categories(categories_path)
        landmarks = labelled_landmarks(train, clean, categories)
        official_csv.refuse_unnamed(train, train_path, landmarks, categories_path)
        if reading_countries is not None:
            country_of = reading_countries.result()
            landmarks = place_landmarks(landmarks, categories_path, country_of, folder)
        full = _train_images(train, clean, landmarks)
        counting = pool.submit(landmark_table, landmarks, full.rows)
        selecting = pool.submit(_train_tables, full, clean)
        by_name = landmarks_by_name(landmarks, categories)
        read = reading_index.result()
        index = None if read is None else index_images(*read, by_name)
        tables = _search_tables(raw, full, index, by_name)
        tables |= selecting.result() | {"landmarks": counting.result()}
    return {name: tables[name] for name in TABLE_NAMES if name in tables}


def input_files(raw: Path, countries: Path | None = None) -> list[Path]:
    """Return the inputs of ``google_tables``: the CSV files and the folder of country files.

    Raises DataError for a CSV file that does not start with text, and a country file that is too
    long: such files may be huge.
    """
    names = (
        official_csv.TRAIN,
        official_csv.CLEAN,
        official_csv.TRAIN_CATEGORIES,
        official_csv.INDEX,
        official_csv.INDEX_CATEGORIES,
        official_csv.SOLUTION,
    )
    found = [path for name in names if (path := find(raw, name)) is not None]
    for path in found:
        refuse_other_start(path)
    folder = _country_folder(raw, countries)
    refuse_long_files(folder)
    return [*found, folder] if folder.is_dir() else found


def _country_folder(raw: Path, countries: Path | None) -> Path:
    return raw / "country_info" if countries is None else countries


def _warn_of_missing_files(raw: Path, missing_countries: Path | None) -> None:
    if missing_countries is not None:
        log.warning("%s: missing, so the lists have no country and continent", missing_countries)
    missing = next((name for name in INDEX_FILES if find(raw, name) is None), None)
    if missing is not None:
        log.warning("%s: missing, so no lists index, index-train and all", raw / missing)


def _train_images(train: pl.DataFrame, clean: pl.Series, landmarks: pl.DataFrame) -> Images:
    """Return all train images in file order; ``clean`` holds the rows of the clean images."""
    is_clean = np.zeros(train.height, np.int8)
    is_clean[clean.to_numpy()] = 1
    labels = landmarks.select("landmark_id", pl.col("label").cast(pl.UInt32).alias("place"))
    placed = train.join(labels, on="landmark_id", how="left", maintain_order="left")
    rows = placed.select("id", "place", pl.Series("clean", is_clean))
    return Images("train", rows, list_columns(landmarks))


def _train_tables(full: Images, clean: pl.Series) -> Tables:
    rows = full.rows[clean]
    # The first labels are those of the landmarks with clean images.
    has_clean = full.places["label"] < rows["place"].n_unique()
    return {
        "clean": ImageList((Images("train", rows, full.places),)),
        "c2x": ImageList((full.filter(has_clean),)),
        "full": ImageList((full,)),
    }


def _search_tables(raw: Path, full: Images, index: Images | None, by_name: pl.DataFrame) -> Tables:
    """Return the tables made from the index and the solution."""
    tables: Tables = {}
    if index is not None:
        in_train = index.filter(index.places["label"].is_not_null())
        tables["index"] = ImageList((index,))
        tables["index-train"] = ImageList((full, in_train))
    path = find(raw, official_csv.SOLUTION)
    if path is None:
        log.warning("%s: missing, so no queries, truth and all", raw / official_csv.SOLUTION)
        return tables
    solution = read_solution(path)
    tables["truth"] = relevant_pairs(solution)
    if index is None:
        log.warning("no index, so the queries have no labels")
        tables["queries"] = ImageList((bare_queries(solution),))
        return tables
    index_path = official_csv.required_file(raw, official_csv.INDEX)
    queries = query_images(solution, path, index, index_path, by_name)
    # The recipe drops a query without a landmark in train, and keeps ignored queries.
    kept = queries.places["label"].is_not_null() | (queries.places["landmark"] == "")
    tables["queries"] = ImageList((queries,))
    tables["all"] = ImageList((full, in_train, queries.filter(kept)))
    return tables
