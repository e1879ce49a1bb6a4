"""The labelled rows of a list, as the columns that training needs."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from gld_shared.errors import DataError
from gld_shared.tables import Table


@dataclass(frozen=True)
class Samples:
    """The labelled rows of a list; an image with two labels stands twice.

    Paths and continents are blocks of bytes: worker processes share their memory, which they would
    not with millions of Python strings. ``clean`` and ``continents`` are None where the list has
    no such column, and ``landmarks`` (one per class, empty where unknown) likewise.
    """

    paths: np.ndarray[tuple[int], np.dtype[np.bytes_]]
    labels: np.ndarray[tuple[int], np.dtype[np.int64]]
    source: str = ""
    clean: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None
    continents: np.ndarray[tuple[int], np.dtype[np.bytes_]] | None = None
    landmarks: list[bytes] | None = None

    @property
    def classes(self) -> int:
        """One more than the largest label."""
        return int(self.labels.max()) + 1

    def counts(self, classes: int) -> torch.Tensor:
        """The images of each class, (classes,)."""
        return torch.from_numpy(np.bincount(self.labels, minlength=classes))

    def __len__(self) -> int:
        """How many there are."""
        return len(self.labels)


def labelled(table: Table, keep_labels: bool = False) -> Samples:
    """The rows that have a label, their labels counted 0..n-1 in the order of the list's own.

    ``keep_labels`` leaves gaps as they are: where class vectors come from an earlier run, row i
    is landmark i. Raises DataError when no row has a label.
    """
    if "label" not in table.rows.columns:
        raise DataError(
            f"{table.path}: no column label; training needs it (gld-lists folder --labels)"
        )
    rows = table.rows.filter(pl.col("label").is_not_null())
    if rows.is_empty():
        raise DataError(f"{table.path}: no row has a label, expected at least two")
    labels = rows["label"].to_numpy().astype(np.int64)
    if not keep_labels:
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    columns = rows.columns
    return Samples(
        _as_bytes(rows["path"]),
        labels,
        table.path,
        # What is not known to be clean is not taken for it.
        rows["clean"].fill_null(0).to_numpy() == 1 if "clean" in columns else None,
        _as_bytes(rows["continent"]) if "continent" in columns else None,
        _landmarks(labels, rows["landmark"]) if "landmark" in columns else None,
    )


def _as_bytes(texts: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    return np.array([text.encode() for text in texts.fill_null("")], dtype=np.bytes_)


def _landmarks(labels: np.ndarray[tuple[int], np.dtype[np.int64]], names: pl.Series) -> list[bytes]:
    """Each class's landmark: that of its first row."""
    present, first = np.unique(labels, return_index=True)
    landmarks = [b""] * (int(present[-1]) + 1)
    for label, name in zip(present.tolist(), names.gather(first).fill_null(""), strict=True):
        landmarks[label] = name.encode()
    return landmarks
