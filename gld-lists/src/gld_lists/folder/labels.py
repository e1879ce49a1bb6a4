"""Landmarks for the images of a folder, from the names of its folders or from a CSV file."""

import csv
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unicodedata import normalize

import polars as pl
from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.files import open_input
from gld_shared.text_encoding import without_mark

log = logging.getLogger(__name__)

_DELIMITERS = {"semicolons": ";", "tabs": "\t", "bars": "|"}


def label_by_folder(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``label`` and ``landmark``: the first folder of an image's path, if there is one.

    A warning counts images without one. Raises DataError when all are without.
    """
    landmarks = [path.partition("/")[0] if "/" in path else "" for path in rows["path"]]
    without = landmarks.count("")
    if without == len(landmarks):
        raise DataError(
            f"none of the images is in a sub-folder, such as {rows['path'][0]}; expected a "
            "sub-folder for each landmark, or --labels with a CSV"
        )
    if without:
        log.warning(
            "%d of %d images are in no sub-folder, so without a landmark", without, len(landmarks)
        )
    return with_labels(rows, landmarks)


def label_by_file(rows: pl.DataFrame, labels: str | Path) -> pl.DataFrame:
    """Add ``label`` and ``landmark`` from a CSV with ``landmark`` and either ``path`` or ``id``.

    Images that the CSV does not name get no label, and names that are not in ``rows`` are ignored;
    a warning counts each. Accented names match in either Unicode form (composed or decomposed).
    Raises DataError naming the file and the line when the CSV is malformed or names no image.
    """
    key, landmark_of = _read(labels)
    images = {normalize("NFC", name) for name in rows[key]}
    unknown = [name for name in landmark_of if normalize("NFC", name) not in images]
    if len(unknown) == len(landmark_of):
        raise DataError(
            f"{labels}: names none of the images; expected in {key} values such as {rows[key][0]}"
        )
    if unknown:
        log.warning(
            "%s: %d of %d images are not in the list, the first: %s",
            *(labels, len(unknown), len(landmark_of), unknown[0]),
        )
    landmarks = [_look_up(landmark_of, name) for name in rows[key]]
    if without := landmarks.count(""):
        log.warning("%s: gives %d of %d images no landmark", labels, without, len(landmarks))
    return with_labels(rows, landmarks)


def _look_up(landmark_of: Mapping[str, str], name: str) -> str:
    """Return an image's landmark, or "".

    macOS stores file names decomposed, while a CSV usually holds them composed.
    """
    forms = (name, normalize("NFC", name), normalize("NFD", name))
    return next((landmark_of[form] for form in forms if form in landmark_of), "")


def _read(labels: str | Path) -> tuple[str, dict[str, str]]:
    """Return the column that identifies images, and a landmark for each of its values."""
    lines = _lines(labels)
    _, columns = next(lines, (0, []))
    if not columns:
        raise DataError(f"{labels}: empty, expected columns landmark and either path or id")
    key = next((column for column in ("path", "id") if column in columns), None)
    if key is None or "landmark" not in columns:
        raise DataError(
            f"{labels}:1: columns are {','.join(columns)}, "
            f"expected landmark and either path or id{_delimiter_hint(columns)}"
        )
    image, landmark = columns.index(key), columns.index("landmark")
    found: dict[str, str] = {}
    for number, cells in lines:
        if len(cells) != len(columns):
            raise DataError(
                f"{labels}:{number}: {counted(len(cells), 'cell')}, expected {len(columns)}; "
                "a cell that holds a comma needs quotes"
            )
        if found.setdefault(cells[image], cells[landmark]) != cells[landmark]:
            raise DataError(
                f"{labels}:{number}: {cells[image]} is {cells[landmark]!r} here and "
                f"{found[cells[image]]!r} before; expected one landmark for each image"
            )
    return key, found


def _delimiter_hint(columns: Sequence[str]) -> str:
    for name, delimiter in _DELIMITERS.items():
        if any(delimiter in column for column in columns):
            return f", separated by commas, not {name}"
    return ""


def _lines(labels: str | Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that is not empty."""
    reader = csv.reader(io.StringIO(_text(labels), newline=""), strict=True)
    try:
        yield from ((reader.line_num, cells) for cells in reader if cells)
    except csv.Error as error:
        raise DataError(f"{labels}:{reader.line_num}: not CSV: {error}") from error


def _text(path: str | Path) -> str:
    with open_input(path) as stream:
        data = stream.read()
    data = without_mark(data, str(path))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(f"{path}:{line}: not UTF-8 text; save it as UTF-8") from error


def with_labels(rows: pl.DataFrame, landmarks: Sequence[str]) -> pl.DataFrame:
    """Add ``landmark`` and ``label``, numbered in order of name; "" stands for no landmark."""
    number = {name: label for label, name in enumerate(sorted({*landmarks} - {""}))}
    return rows.with_columns(
        pl.Series("label", [number.get(name) for name in landmarks], dtype=pl.Int64),
        pl.Series("landmark", landmarks, dtype=pl.String),
    )
