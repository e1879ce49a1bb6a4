"""The expanded index: a competition's index and the images of the solution that it lacks.

Kaggle's competition searched a tenth of Google's index, in which many relevant images are missing.
The expanded index holds every relevant image.
"""

import logging
from pathlib import Path

import polars as pl
from gld_shared.errors import DataError
from gld_shared.text_encoding import shown

from gld_lists.folder.image_names import refuse_names
from gld_lists.folder.walk import entries_below
from gld_lists.gldv2 import official_csv
from gld_lists.gldv2.csv_files import read_columns, refuse_duplicates, refuse_other_ids
from gld_lists.gldv2.integer_ids import image_keys
from gld_lists.gldv2.solution import read_solution

log = logging.getLogger(__name__)


def expanded_index(competition: Path, solution: Path) -> pl.DataFrame:
    """List the competition's images, then the missing ones: columns ``id`` and ``path``.

    ``competition`` is a folder of images, taken in order of path, or a CSV file with the column
    ``id``, in its order. ``solution`` is Google's CSV file. Its images follow in its order, each
    once, except those of ignored queries. Raises DataError for a missing or broken file, for a
    folder without images and for an image that appears twice.
    """
    known = _ids_of_folder(competition) if competition.is_dir() else _ids_of_csv(competition)
    relevant = read_solution(solution)["images"].explode(empty_as_null=False, keep_nulls=False)
    ids = pl.concat([known, relevant.alias("id")]).unique(maintain_order=True)
    log.info("%d images of the competition, %d added", len(known), len(ids) - len(known))
    return ids.to_frame().with_columns(official_csv.image_path("index").alias("path"))


def _ids_of_csv(path: Path) -> pl.Series:
    ids = read_columns(path, ["id"])["id"]
    refuse_other_ids(path, ids)
    refuse_duplicates(path, ids, "image", image_keys(ids))
    return ids


def _refuse_unreadable(path: str, reason: str) -> None:
    raise DataError(f"{shown(path)}: cannot be read: {reason}; make it readable")


def _ids_of_folder(folder: Path) -> pl.Series:
    entries = entries_below(folder, _refuse_unreadable)
    paths = sorted(Path(entry.path) for entry in entries if entry.name.endswith(".jpg"))
    refuse_names(folder, [path.relative_to(folder).as_posix() for path in paths])
    if not paths:
        raise DataError(
            f"{folder}: no images; expected the folder that holds 0/0/0/000....jpg and so on, "
            "or a CSV file with the column id"
        )
    ids = pl.Series("id", [path.stem for path in paths])
    repeated = (~ids.is_first_distinct()).arg_true()
    if len(repeated):
        path = paths[repeated[0]]
        first = paths[ids.to_list().index(path.stem)]
        raise DataError(
            f"{path}: image {path.stem} appears twice, first at {first}; expected each once, "
            "keep one of the files"
        )
    return ids
