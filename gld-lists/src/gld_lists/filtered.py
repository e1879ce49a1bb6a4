"""The images that are kept, and those that are left out with a reason."""

import logging
from pathlib import Path
from typing import NamedTuple

import polars as pl
from gld_shared.images.unreadable import skipped_table, write_skipped
from gld_shared.output_targets import is_stream
from gld_shared.provenance import History

log = logging.getLogger(__name__)


class Filtered(NamedTuple):
    """The rows that are kept, and the rows that are left out with the column ``reason``."""

    kept: pl.DataFrame
    left_out: pl.DataFrame

    def report(self, why: str, output: str | Path, history: History) -> None:
        """Log the number of images left out as ``why``, and write them to ``X.<why>.tsv``.

        X is ``output``, a list X.tsv or a folder. No table is written beside standard output, a
        device or a pipe.
        """
        left_out, total = self.left_out.height, self.left_out.height + self.kept.height
        where = ""
        if not is_stream(output):
            table = skipped_table(Path(output), why)
            write_skipped(table, self.left_out, self.left_out["reason"], history)
            where = f", see {table}"
        if left_out:
            log.warning("%d of %d images left out as %s%s", left_out, total, why, where)
