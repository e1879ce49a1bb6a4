"""The rows of a table to text."""

import io
from typing import BinaryIO

import numpy as np
import polars as pl

from gld_shared.errors import DataError

# About 2 MB of text, which stay in the processor's cache until they are written.
_SLICE_ROWS = 20_000


def write_rows(stream: BinaryIO, rows: pl.DataFrame, target: str) -> None:
    """Write rows without column names, a slice at a time.

    Raises DataError, with ``target`` for the table's name, for a tab or a line break in a cell.
    """
    buffer = io.BytesIO()
    for part in rows.iter_slices(_SLICE_ROWS):
        buffer.seek(0)
        part.write_csv(buffer, separator="\t", quote_style="never", include_header=False)
        # The buffer is used again, and may hold the end of a longer text.
        with buffer.getbuffer()[: buffer.tell()] as text:
            # The tabs and newlines that belong there are all its control characters, or else a
            # cell has some: one look at the text is much faster than one at each cell.
            control = np.count_nonzero(np.frombuffer(text, np.uint8) < ord(" "))
            if control != part.height * part.width:
                _refuse_breaks(part, target)
            stream.write(text)


def _refuse_breaks(rows: pl.DataFrame, target: str) -> None:
    for cells in rows.select(pl.col(pl.String)).iter_columns():
        bad = cells.filter(cells.str.contains("[\t\n\r]"))
        if len(bad):
            raise DataError(
                f"{target}: {cells.name} {bad[0]!r} holds a tab or a line break, "
                "which a table cannot; rename it"
            )
