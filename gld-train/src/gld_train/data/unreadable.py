"""Unreadable training images: their replacements, and the table that lists them with reasons."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gld_shared.errors import DataError
from gld_shared.files import open_output
from gld_shared.images.decode import read_image

from gld_train.data.labelled_rows import Rows

log = logging.getLogger(__name__)


class Unreadable(NamedTuple):
    """An unreadable image's path in the list, the reason, and the path of its replacement."""

    path: str
    reason: str
    replaced_by: str


def next_of_landmark(labels: Rows) -> Rows:
    """Return for each row the next row with its label, (n,); the last is followed by the first."""
    by_label = np.argsort(labels, kind="stable")
    _, first, counts = np.unique(labels[by_label], return_index=True, return_counts=True)
    following = np.roll(by_label, -1)
    following[first + counts - 1] = by_label[first]
    rows = np.empty_like(by_label)
    rows[by_label] = following
    return rows


class UnreadableImages:
    """The unreadable images of a run: a table in its folder, and a limit on their number."""

    def __init__(self, table: Path, images: Path, limit: int) -> None:
        """Continue the table of an interrupted run, without the images that were fixed since."""
        self.table = table
        self.limit = limit
        self.found = {
            image.path: image for image in _read(table) if not _is_readable(images / image.path)
        }

    def add(self, unreadable: Iterable[Unreadable]) -> None:
        """Record each image once. Raises DataError when there are more than the limit."""
        new = [image for image in unreadable if image.path not in self.found]
        if not new:
            return
        for image in new:
            log.warning("%s: %s; replaced by %s", *image)
            self.found[image.path] = image
        with open_output(self.table) as stream:
            rows = [Unreadable._fields, *self.found.values()]
            stream.write("".join("\t".join(row) + "\n" for row in rows).encode())
        if len(self.found) > self.limit:
            raise DataError(
                f"{self.table}: {len(self.found)} unreadable images, more than data.max_unreadable "
                f"= {self.limit}; fix them or remove them from the list, or allow more"
            )


def _read(table: Path) -> list[Unreadable]:
    text = table.read_bytes().decode(errors="replace") if table.exists() else ""
    rows = [line.split("\t") for line in text.split("\n")[1:-1]]
    if any(len(row) != len(Unreadable._fields) for row in rows):
        raise DataError(f"{table}: damaged; move it away, and repeat the command to resume")
    return [Unreadable(*row) for row in rows]


def _is_readable(path: Path) -> bool:
    try:
        read_image(path)
    except DataError:
        return False
    return True
