"""Reading and checking whole tables."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from gld_shared.files import display_name, open_input
from gld_shared.output_targets import STDIO
from gld_shared.provenance import History
from gld_shared.tables.kinds import LANDMARKS, LIST, NEIGHBOURS, SCORES, TRUTH, Kind
from gld_shared.tables.parse import parse_rows, refuse_zeros, split_header
from gld_shared.tables.rules import check_rules
from gld_shared.tables.shards import refuse_shard
from gld_shared.text_encoding import without_mark

_START = 1 << 20


@dataclass(frozen=True)
class Table:
    """A table as read: rows, header, path and the sha256 of its bytes, unpacked."""

    rows: pl.DataFrame
    header: dict[str, Any] = field(default_factory=dict)
    path: str = STDIO
    sha256: str = ""

    @property
    def history(self) -> History:
        """The steps that made this table, oldest first; empty when the header has none."""
        return list(self.header.get("history", []))

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield all rows as one block, where a stream yields several."""
        yield self.rows


def read_list(source: str | Path) -> Table:
    """Read a list of images (``gld-list/1``)."""
    return read_table(source, LIST)


def read_landmarks(source: str | Path) -> Table:
    """Read a table of landmarks (``gld-landmarks/1``)."""
    return read_table(source, LANDMARKS)


def read_neighbours(source: str | Path) -> Table:
    """Read ranked neighbours (``gld-neighbours/1``)."""
    return read_table(source, NEIGHBOURS)


def read_truth(source: str | Path) -> Table:
    """Read the relevant pairs (``gld-truth/1``)."""
    return read_table(source, TRUTH)


def read_scores(source: str | Path) -> Table:
    """Read scores (``gld-scores/1``)."""
    return read_table(source, SCORES)


def read_table(source: str | Path, kind: Kind) -> Table:
    """Read and check a whole table; ``-`` is standard input.

    Memory: the file's bytes and its columns at once. Raises DataError naming file, line and column.
    """
    name = display_name(source)
    with open_input(source) as stream:
        return parse_table(read_text(stream, name), source, kind)


def parse_table(data: bytes, source: str | Path, kind: Kind) -> Table:
    """Check a whole table that was read from ``source``. Errors as ``read_table``."""
    name = display_name(source)
    with ThreadPoolExecutor(1) as thread:
        digest = thread.submit(hashlib.sha256, data)  # which lets other threads run
        header, body, first_line = split_header(data, str(source), kind)
        if kind is NEIGHBOURS:
            refuse_shard(header, name)
        rows = parse_rows(body, name, first_line, kind)
        check_rules(rows, name, first_line + 1, kind)
        return Table(rows, header, str(source), digest.result().hexdigest())


def read_text(stream: BinaryIO, name: str) -> bytes:
    """Read all bytes of a table. Raises DataError if the first ones are zeros.

    Such files of failed disks may be huge.
    """
    start = stream.read(_START)
    refuse_zeros(without_mark(start, name), name, 1)
    if len(start) < _START:
        return start
    if stream.seekable():
        stream.seek(-len(start), os.SEEK_CUR)  # so that no copy of the whole is made
        return stream.read()
    return start + stream.read()


def first_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the first row of each id, in the list's order."""
    return rows.unique(subset="id", keep="first", maintain_order=True)
