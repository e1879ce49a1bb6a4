"""Any folder of images as a list."""

import csv
import io
import logging
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import open_input

log = logging.getLogger(__name__)

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


def folder_list(folder: Path, labels_from_folders: bool = False) -> pl.DataFrame:
    """The images below ``folder``, at any depth, ordered by path: columns ``id`` and ``path``.

    Paths are relative to the folder; an id is the path without its suffix, or with it where two
    images would share one. With ``labels_from_folders`` also ``label`` and ``landmark``: the first
    folder of the path, numbered in order of name; none for images that lie in ``folder`` itself.
    Hidden files and folders are passed over. Raises DataError when there is no image.
    """
    paths = _image_paths(folder)
    rows = pl.DataFrame({"id": _ids(paths), "path": paths})
    if not labels_from_folders:
        return rows
    return with_labels(rows, [path.partition("/")[0] if "/" in path else "" for path in paths])


def label_by_file(rows: pl.DataFrame, labels: str | Path) -> pl.DataFrame:
    """Add ``label`` and ``landmark`` from a CSV with ``landmark`` and either ``path`` or ``id``.

    Images that the CSV does not name get no label. Raises DataError when a column is missing or no
    image is named.
    """
    reader = csv.DictReader(io.StringIO(_text(labels), newline=""))
    columns = reader.fieldnames or []
    key = next((one for one in ("path", "id") if one in columns), None)
    if key is None or "landmark" not in columns:
        raise DataError(
            f"{labels}:1: columns are {','.join(columns)}, expected landmark and either path or id"
        )
    # A line that is cut short has None where a cell is missing.
    landmark_of = {line[key]: line["landmark"] or "" for line in reader}
    landmarks = [landmark_of.get(one, "") for one in rows[key]]
    if not any(landmarks):
        raise DataError(
            f"{labels}: names none of the images; expected in {key} values such as {rows[key][0]}"
        )
    return with_labels(rows, landmarks)


def _text(path: str | Path) -> str:
    with open_input(path) as stream:
        data = stream.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(f"{path}:{line}: not UTF-8 text; save it as UTF-8") from error


def with_labels(rows: pl.DataFrame, landmarks: Sequence[str]) -> pl.DataFrame:
    """Add ``landmark`` and its number ``label``, in order of name; "" is no landmark."""
    number = {name: label for label, name in enumerate(sorted({*landmarks} - {""}))}
    return rows.with_columns(
        pl.Series("label", [number.get(name) for name in landmarks], dtype=pl.Int64),
        pl.Series("landmark", landmarks, dtype=pl.String),
    )


def _image_paths(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; expected one that holds images")
    paths: list[str] = []
    others = 0
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.startswith("."):
                continue
            if name.lower().endswith(IMAGE_SUFFIXES):
                paths.append(_relative(Path(place, name), folder))
            else:
                others += 1
    if not paths:
        raise DataError(
            f"{folder}: no images; expected files that end in {' '.join(IMAGE_SUFFIXES)}"
        )
    if others:
        log.warning("%s: %d other files passed over", folder, others)
    return sorted(paths)


def _refuse(error: OSError) -> None:
    """Without this, os.walk leaves out what it may not read."""
    raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _relative(file: Path, folder: Path) -> str:
    path = file.relative_to(folder).as_posix()
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{path!a}: the name is not UTF-8, as a list must be; rename it") from error
    return path


def _ids(paths: Sequence[str]) -> list[str]:
    bare = [PurePosixPath(path).with_suffix("").as_posix() for path in paths]
    count = Counter(bare)
    ids = [path if count[stem] > 1 else stem for path, stem in zip(paths, bare, strict=True)]
    # A name such as "a.jpg.png" can still meet the whole name of another.
    return ids if len(set(ids)) == len(ids) else list(paths)
