"""Test images that also appear in the training list, exactly or nearly."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from gld_shared.progress import Advance, silent
from gld_shared.tables import Table

from gld_lists.images.duplicates import find_leaks
from gld_lists.images.fingerprints import fingerprints


def audit_lists(
    train: Table,
    others: Sequence[Table],
    folder: Path,
    within: int,
    workers: int,
    advance: Advance = silent,
) -> pl.DataFrame:
    """Find the images of ``others`` that are also in train: ``list id train_id kind distance``.

    All paths are below ``folder``. Two images are ``near`` when their perceptual hashes differ in
    at most ``within`` bits. Raises DataError for an image that cannot be read. Memory: about 150
    bytes for each image of train and of the largest other list.
    """
    trained = fingerprints(train.rows, folder, workers, advance)
    found = []
    for other in others:
        pairs = find_leaks(fingerprints(other.rows, folder, workers, advance), trained, within)
        found.append(pairs.select(pl.lit(other.path).alias("list"), pl.all()))
    return pl.concat(found)
