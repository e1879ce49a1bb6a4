"""Writing tables, whole or not at all."""

import io
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from gld_shared.errors import DataError
from gld_shared.files import open_input, open_text_output
from gld_shared.output_targets import output_name
from gld_shared.tables.kinds import Kind
from gld_shared.tables.newline_last import NewlineLast, newline_last

# About 2 MB of text, which stays in the CPU's cache until it is written.
_SLICE_ROWS = 20_000


def write_table(
    target: str | Path,
    kind: Kind,
    rows: pl.DataFrame | Iterable[pl.DataFrame],
    header: Mapping[str, Any],
    prefix: str | Path | None = None,
) -> None:
    """Write a table, whole or not at all; ``-`` is standard output.

    What a writer that fails has left on standard output has no newline at its end. A table is
    compressed if the name ends in .gz or .zst. ``rows`` may be an iterable of blocks, so that a
    large table is never in memory at once. The header gets ``format``. ``prefix`` is a table that
    this function wrote, with the same kind, header and columns; its rows come first, copied, which
    is faster than formatting them.
    Raises DataError for a tab or a newline in a cell.
    """
    blocks = [rows] if isinstance(rows, pl.DataFrame) else rows
    line = "#" + json.dumps({"format": kind.format, **header}, ensure_ascii=False) + "\n"
    with open_text_output(target) as opened, newline_last(opened) as stream:
        columns: list[str] | None = None
        if prefix is None:
            # A name that is not UTF-8, in the history of an older store, becomes JSON's escape.
            stream.write(line.encode(errors="backslashreplace"))
        else:
            columns = _copy(prefix, stream)
        for block in blocks:
            if columns is None:
                columns = [column for column in kind.columns if column in block.columns]
                stream.write(("\t".join(columns) + "\n").encode())
            _write_rows(stream, block.select(columns), output_name(target))
        if columns is None:
            stream.write(("\t".join(kind.required) + "\n").encode())


def _write_rows(stream: NewlineLast, rows: pl.DataFrame, target: str) -> None:
    """Write rows without column names, a slice at a time.

    Raises DataError naming ``target`` for a tab or a line break in a cell.
    """
    buffer = io.BytesIO()
    for part in rows.iter_slices(_SLICE_ROWS):
        buffer.seek(0)
        part.write_csv(buffer, separator="\t", quote_style="never", include_header=False)
        # The buffer is reused, and may hold the end of an earlier, longer text.
        with buffer.getbuffer()[: buffer.tell()] as text:
            # One tab or newline follows each cell. More control characters mean that a cell holds
            # one; counting them in the text is much faster than searching each cell.
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


def _copy(table: str | Path, stream: NewlineLast) -> list[str]:
    """Copy a table, and return its column names."""
    with open_input(table) as source:
        lines = [source.readline(), source.readline()]
        for line in lines:
            stream.write(line)
        shutil.copyfileobj(source, stream, 1 << 20)
    return lines[1].decode().rstrip("\n").split("\t")
