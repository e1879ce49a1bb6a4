"""A labelled list split into train, queries and index, the same way for the same seed.

A hash of the seed and the name decides where an image goes, not the order of the rows. When a list
grows by a few images, the other images stay where they were.
"""

import logging
from collections.abc import Iterator
from typing import Literal

import polars as pl
from gld_shared.errors import DataError
from gld_shared.tables import first_rows

from gld_lists.seeded_hash import seeded_hash
from gld_lists.truth import truth_from_labels

log = logging.getLogger(__name__)

By = Literal["landmark", "image"]
_TRAIN, _QUERY, _INDEX = "train", "queries", "index"


def split_list(
    rows: pl.DataFrame,
    by: By = "image",
    queries: int = 1,
    share: float = 0.5,
    seed: int = 0,
    min_images: int = 1,
) -> dict[str, pl.DataFrame]:
    """Split a list with labels into the tables ``train``, ``queries``, ``index`` and ``truth``.

    ``by="landmark"`` holds out ``share`` of the landmarks with all their images, ``by="image"``
    that share of each landmark's images. Of each landmark's held-out images, ``queries`` become
    queries and the rest index images, at least one of them. A landmark with a single held-out image
    has no query: the image stays in train (by image) or goes to the index (by landmark, or when
    everything is held out). Images without a label go to the index. An image with several labels is
    placed by its first. Landmarks of fewer than ``min_images`` images are left out. Labels are
    renumbered, train's landmarks first, so train's labels are 0..n-1. Raises DataError when the
    list has no labels, or no landmark has enough images for a query.
    """
    if "label" not in rows.columns or rows["label"].is_null().all():
        raise DataError(
            "the list has no labels; gld-lists google or folder --labels-from-folders makes one"
        )
    rows = _with_enough_images(rows, min_images)
    name = "landmark" if "landmark" in rows.columns else "label"
    images = first_rows(rows).select("id", "label", pl.col(name).cast(pl.String).alias("name"))
    parts = dict(_assign(images, by, queries, share, seed))
    part = rows["id"].replace_strict(parts, return_dtype=pl.String)
    renumbered = _renumber(rows, part)
    tables = {name: renumbered.filter(part == name) for name in (_TRAIN, _QUERY, _INDEX)}
    if tables[_QUERY].is_empty():
        raise DataError(
            "no queries: no landmark has two held-out images; hold out more, or add images"
        )
    tables["truth"] = truth_from_labels(
        tables[_QUERY].select("id", "label"), tables[_INDEX].select("id", "label")
    )
    return tables


def _with_enough_images(rows: pl.DataFrame, least: int) -> pl.DataFrame:
    label = pl.col("label")
    images = pl.col("id").n_unique().over("label")
    kept = rows.filter(label.is_null() | (images >= least))
    landmarks, left = (table["label"].drop_nulls().n_unique() for table in (rows, kept))
    if not left:
        raise DataError(f"no landmark has {least} images or more; ask for fewer with --min-images")
    if left < landmarks:
        log.warning(
            "%d of %d landmarks left out, with %d of %d images: fewer than %d each",
            *(landmarks - left, landmarks, rows.height - kept.height, rows.height, least),
        )
    return kept


def _assign(
    images: pl.DataFrame, by: By, queries: int, share: float, seed: int
) -> Iterator[tuple[str, str]]:
    groups = images.group_by("label", maintain_order=True).agg("id", pl.col("name").first())
    held_out = _held_out_landmarks(groups.filter(pl.col("label").is_not_null()), share, seed)
    for label, ids, _ in groups.iter_rows():
        shuffled = sorted(ids, key=lambda image: _key(seed, image))
        if label is None:
            yield from ((image, _INDEX) for image in ids)
        elif by == "landmark":
            held = len(ids) if label in held_out else 0
            yield from _cut(shuffled, held, queries)
        else:
            held = round(share * len(ids))
            # A single image cannot be a query, so train on it, unless everything is held out.
            yield from _cut(shuffled, 0 if held == 1 and share < 1 else held, queries)


def _cut(shuffled: list[str], held: int, queries: int) -> Iterator[tuple[str, str]]:
    count = max(0, min(queries, held - 1))
    yield from ((image, _QUERY) for image in shuffled[:count])
    yield from ((image, _INDEX) for image in shuffled[count:held])
    yield from ((image, _TRAIN) for image in shuffled[held:])


def _held_out_landmarks(groups: pl.DataFrame, share: float, seed: int) -> set[int]:
    named = groups.select("label", "name").rows()
    shuffled = [label for label, name in sorted(named, key=lambda row: _key(seed, row[1]))]
    return set(shuffled[: round(share * len(shuffled))])


def _key(seed: int, name: str) -> bytes:
    return seeded_hash(seed, name, 16)


def _renumber(rows: pl.DataFrame, part: pl.Series) -> pl.DataFrame:
    trained = rows["label"].filter(part == _TRAIN).drop_nulls().unique().sort()
    labels = rows["label"].drop_nulls().unique().sort()
    order = pl.concat([trained, labels]).unique(maintain_order=True)
    numbers = pl.int_range(len(order), eager=True)
    return rows.with_columns(pl.col("label").replace_strict(order, numbers, default=None))
