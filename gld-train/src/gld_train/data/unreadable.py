"""Images that cannot be read: what stands in for them, and the table that says which and why."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gld_shared.errors import DataError
from gld_shared.files import open_output
from gld_shared.images.decode import read_image

from gld_train.samplers.base import Rows

log = logging.getLogger(__name__)


class Unreadable(NamedTuple):
    """An image's path in the list, why it cannot be read, and the path of what stands in for it."""

    path: str
    reason: str
    replaced_by: str


def next_of_landmark(labels: Rows) -> Rows:
    """For each row the next one with its label, (n,); after the last comes the first again."""
    by_label = np.argsort(labels, kind="stable")
    _, first, counts = np.unique(labels[by_label], return_index=True, return_counts=True)
    following = np.roll(by_label, -1)
    following[first + counts - 1] = by_label[first]
    rows = np.empty_like(by_label)
    rows[by_label] = following
    return rows


class UnreadableImages:
    """Those that a run has met so far: a table in its folder, and a limit to their number."""

    def __init__(self, table: Path, images: Path, limit: int) -> None:
        """Go on with an interrupted run's table, without the images that were mended since."""
        self.table = table
        self.limit = limit
        self.found = {one.path: one for one in _read(table) if not _is_readable(images / one.path)}

    def add(self, unreadable: Iterable[Unreadable]) -> None:
        """Note each image once; raises DataError when there are more than the limit."""
        new = [one for one in unreadable if one.path not in self.found]
        if not new:
            return
        for one in new:
            log.warning("%s: %s; replaced by %s", *one)
            self.found[one.path] = one
        with open_output(self.table) as stream:
            rows = [Unreadable._fields, *self.found.values()]
            stream.write("".join("\t".join(row) + "\n" for row in rows).encode())
        if len(self.found) > self.limit:
            raise DataError(
                f"{self.table}: {len(self.found)} unreadable images, more than data.max_unreadable "
                f"= {self.limit}; mend them or take them off the list, or allow for more"
            )


def _read(table: Path) -> list[Unreadable]:
    text = table.read_text(encoding="utf-8") if table.exists() else ""
    return [Unreadable(*line.split("\t")) for line in text.split("\n")[1:-1]]


def _is_readable(path: Path) -> bool:
    try:
        read_image(path)
    except DataError:
        return False
    return True
