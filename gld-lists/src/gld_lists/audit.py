"""Whether images to train on stand in the lists to test with, the same or nearly."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
from gld_shared.tables import Table, first_rows

from gld_lists.duplicates import leaks
from gld_lists.hashes import fingerprints


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
    rows = first_rows(train.rows)
    trained = fingerprints(rows["path"], folder, workers, done)
    found = []
    for other in others:
        tested = first_rows(other.rows)
        prints = fingerprints(tested["path"], folder, workers, done)
        found.append(leaks(tested["id"], prints, rows["id"], trained, within, other.source))
    return pl.concat(found)
