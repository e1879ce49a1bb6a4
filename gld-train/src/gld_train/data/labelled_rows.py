"""The labelled rows of a list, as the columns that training needs."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from gld_shared.errors import DataError
from gld_shared.tables import Table

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
_MOST_CLASSES = 100_000_000


@dataclass(frozen=True)
class Draw:
    """One draw of a sampler: the sample's row in the list, and its position in the epoch."""

    epoch: int
    position: int
    row: int


@dataclass(frozen=True)
class Samples:
    """The labelled rows of a list; an image with two labels appears twice.

    Paths and continents are blocks of bytes, whose memory worker processes share; Python strings
    would be copied to each worker, by the million. ``clean``, ``continents`` and ``landmarks`` (one
    per class, empty if unknown) are None if the list has no such column.
    """

    paths: np.ndarray[tuple[int], np.dtype[np.bytes_]]
    labels: Rows
    source: str = ""
    clean: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None
    continents: np.ndarray[tuple[int], np.dtype[np.bytes_]] | None = None
    landmarks: list[bytes] | None = None

    @property
    def classes(self) -> int:
        """The number of classes: the largest label plus 1."""
        return int(self.labels.max()) + 1

    def counts(self, classes: int) -> torch.Tensor:
        """Count the images of each class, (classes,)."""
        return torch.from_numpy(np.bincount(self.labels, minlength=classes))

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.labels)


def labelled(table: Table, keep_labels: bool = False) -> Samples:
    """Take the rows that have a label, and renumber the labels 0..n-1 in ascending order.

    ``keep_labels`` keeps the numbers, gaps included: where class vectors come from an earlier run,
    row i is landmark i. Raises DataError when no row has a label, when all have the same one, and
    for labels of more landmarks than any head has.
    """
    if "label" not in table.rows.columns:
        raise DataError(
            f"{table.path}: no column label; training needs it (gld-lists folder --labels)"
        )
    rows = table.rows.filter(pl.col("label").is_not_null())
    if rows.is_empty():
        raise DataError(f"{table.path}: no row has a label, expected at least two")
    if rows["label"].n_unique() == 1:
        raise DataError(
            f"{table.path}: all {len(rows)} labelled rows are of one landmark, label "
            f"{rows['label'][0]}; expected at least two landmarks, to learn what tells them apart"
        )
    labels = rows["label"].to_numpy().astype(np.int64)
    if keep_labels:
        _refuse_absurd(rows, table.path)
    else:
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    columns = rows.columns
    return Samples(
        _as_bytes(rows["path"]),
        labels,
        table.path,
        # An image not known to be clean counts as noisy.
        rows["clean"].fill_null(0).to_numpy() == 1 if "clean" in columns else None,
        _as_bytes(rows["continent"]) if "continent" in columns else None,
        _landmarks(labels, rows["landmark"]) if "landmark" in columns else None,
    )


def _refuse_absurd(rows: pl.DataFrame, source: str) -> None:
    """Raise DataError for a label so large that a class vector for each number has no memory."""
    largest = rows.row(int(rows["label"].arg_max() or 0), named=True)
    if largest["label"] >= _MOST_CLASSES:
        raise DataError(
            f"{source}: {largest['id']!r} has label {largest['label']}, expected less than "
            f"{_MOST_CLASSES}: with head.classes or head.init a class vector stands for each "
            "number from 0; number the landmarks 0, 1, 2 and so on"
        )


def _as_bytes(texts: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    return np.array([text.encode() for text in texts.fill_null("")], dtype=np.bytes_)


def _landmarks(labels: Rows, names: pl.Series) -> list[bytes]:
    """Return the landmark of each class, taken from its first row."""
    present, first = np.unique(labels, return_index=True)
    landmarks = [b""] * (int(present[-1]) + 1)
    for label, name in zip(present.tolist(), names.gather(first).fill_null(""), strict=True):
        landmarks[label] = name.encode()
    return landmarks
