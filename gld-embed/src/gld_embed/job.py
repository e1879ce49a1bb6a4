"""A job: the images to embed, and the store to make of them."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from gld_shared.images.settings import ImageSettings
from gld_shared.images.unreadable import read_skipped
from gld_shared.store import StoreSpec, StoreWriter
from gld_shared.work.claims import Claims
from gld_shared.work.shared_output import sharing

# The files in the work folder that note the unreadable images of a unit.
NOTES = "unreadable-*.json"


@dataclass(frozen=True)
class Job:
    """One store to make.

    ``rows`` has the columns ``id``, each id once, and ``path``, relative to the source ``images``
    (see ``open_source``), and may have the columns of boxes. ``dtype`` is float16 or float32.
    ``attributes`` are the store's, without ``format``. The network takes ``batch`` images at a
    time, decoded by ``workers`` threads. A job can be pickled. It holds the rows as columns of
    bytes, not as Python objects: about 400 MB for 5 million rows.
    """

    rows: pl.DataFrame
    images: str
    output: Path
    settings: ImageSettings
    dtype: str = "float16"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 32
    workers: int = 0
    skip_unreadable: bool = False

    def shared_store(self, dimension: int) -> AbstractContextManager[tuple[StoreWriter, Claims]]:
        """Join the processes that make the store; see ``sharing``."""
        return sharing(self.output, partial(self.begin_store, dimension), NOTES)

    def begin_store(self, dimension: int) -> StoreWriter:
        """Begin or resume the store; if it is finished, the writer's ``finished`` is true.

        Raises DataError if an earlier run had another list, checkpoint or settings.
        """
        ids = self.rows["id"]
        if self.skip_unreadable and self.output.exists():
            ids = ids.filter(~ids.is_in(read_skipped(self.output)))
        return StoreWriter.open(self.output, StoreSpec(ids, dimension, self.dtype, self.attributes))
