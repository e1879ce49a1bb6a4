"""Filters for the images of a list: without unreadable images, without copies of the same bytes."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import polars as pl
from gld_shared.errors import DataError
from gld_shared.images.errors import errors_of
from gld_shared.images.parallel_map import map_in_order
from gld_shared.images.read_file import read_image_file
from gld_shared.images.unreadable import refuse_empty, skip_or_refuse
from gld_shared.images.upright_array import decode_rgb
from gld_shared.progress import Advance, silent

from gld_lists.filtered import Filtered
from gld_lists.images.duplicates import first_copies
from gld_lists.images.fingerprints import sha256_of

log = logging.getLogger(__name__)


def without_unreadable(
    rows: pl.DataFrame, folder: Path, workers: int, advance: Advance = silent
) -> Filtered:
    """Open every image of a list and leave out the unreadable ones, with a warning for each.

    Raises DataError when no image is left. Memory: the largest image once per thread.
    """
    paths = (folder / path for path in rows["path"])
    with closing(map_in_order(_unreadable, paths, workers)) as reasons:
        return filter_unreadable(rows, reasons, True, advance)


def filter_unreadable(
    rows: pl.DataFrame,
    reasons: Iterable[str | None],
    skip: bool,
    advance: Advance = silent,
) -> Filtered:
    """Leave out the rows that have a reason, with a warning for each.

    ``reasons`` holds a reason or None for each row. Raises DataError at the first reason unless
    ``skip``, and when no row is left.
    """
    known: list[str | None] = []
    for image, reason in zip(rows["id"], reasons, strict=True):
        if reason:
            skip_or_refuse(image, reason, skip)
        known.append(reason)
        advance(1)
    refuse_empty([reason for reason in known if reason], len(known))
    return _filter(rows, known)


def without_copies(
    rows: pl.DataFrame, folder: Path, workers: int, advance: Advance = silent
) -> Filtered:
    """Keep the first of the images whose files have the same bytes (SHA-256).

    Raises DataError for a file that cannot be read. Memory: about 150 bytes for each image.
    """
    digests: list[bytes] = []
    paths = (folder / path for path in rows["path"])
    with closing(map_in_order(sha256_of, paths, workers)) as found:
        for digest in found:
            digests.append(digest)
            advance(1)
    first = first_copies(pl.Series(digests, dtype=pl.Binary))
    reasons = [
        None if first_row == row else f"the same bytes as {rows['path'][first_row]}"
        for row, first_row in enumerate(first)
    ]
    for path, reason in zip(rows["path"], reasons, strict=True):
        if reason:
            log.info("left out: %s: %s", folder / path, reason)
    return _filter(rows, reasons)


def _unreadable(path: Path) -> str | None:
    try:
        data = read_image_file(path)
        with errors_of(path):
            decode_rgb(data, at_least=(1, 1))
    except DataError as error:
        return str(error)
    return None


def _filter(rows: pl.DataFrame, reasons: Sequence[str | None]) -> Filtered:
    marked = rows.with_columns(pl.Series("reason", reasons, dtype=pl.String))
    kept = marked.filter(pl.col("reason").is_null()).drop("reason")
    return Filtered(kept, marked.filter(pl.col("reason").is_not_null()))
