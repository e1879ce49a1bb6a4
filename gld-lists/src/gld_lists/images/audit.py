"""Whether images to train on stand in the lists to test with, the same or nearly."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
from gld_shared.tables import Table

from gld_lists.images.duplicates import leaks
from gld_lists.images.fingerprints import fingerprints


def audit(
    train: Table,
    others: Sequence[Table],
    folder: Path,
    within: int,
    workers: int,
    done: Callable[[int], None] = lambda _: None,
) -> pl.DataFrame:
    """A row for each image of ``others`` that is in train too: ``list id train_id kind distance``.

    All paths are below ``folder``. Raises DataError for an image that cannot be read. Memory: about
    150 bytes for each image of train and of one other list at a time.
    """
    trained = fingerprints(train.rows, folder, workers, done)
    found = []
    for other in others:
        pairs = leaks(fingerprints(other.rows, folder, workers, done), trained, within)
        found.append(pairs.select(pl.lit(other.path).alias("list"), pl.all()))
    return pl.concat(found)
