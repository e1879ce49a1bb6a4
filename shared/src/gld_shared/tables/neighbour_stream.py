"""Reading neighbours in blocks, for tables larger than memory."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from gld_shared.errors import DataError
from gld_shared.files import display_name, open_input
from gld_shared.json_parser import MAXIMUM_BYTES
from gld_shared.provenance import History
from gld_shared.tables.kinds import NEIGHBOURS
from gld_shared.tables.parse import parse_rows, refuse_zeros, split_header
from gld_shared.tables.read import Table
from gld_shared.tables.rules import check_rules
from gld_shared.tables.shards import refuse_shard
from gld_shared.text_encoding import without_mark

# More than 16 MB would be given back to the system after each block, and zeroed again.
BLOCK_BYTES = 1 << 24


class NeighbourStream:
    """Ranked neighbours as blocks of whole queries, read once, in order.

    ``name`` is that of the source in messages. ``header`` is known from the start, ``sha256`` after
    the last block. Memory: the bytes and columns of one block (16 MB of text), and the query ids.
    """

    def __init__(
        self,
        stream: BinaryIO,
        source: str,
        block_bytes: int = BLOCK_BYTES,
        may_be_shard: bool = False,
    ) -> None:
        """Read the header and the column names.

        Raises DataError when either is wrong, and for a shard of a search, unless it may be one.
        """
        self.path = source
        self.name = display_name(source)
        self._stream, self._block_bytes = stream, block_bytes
        self._digest = hashlib.sha256()
        start = without_mark(self._read_line(), self.name)
        refuse_zeros(start, self.name, 1)
        if start.startswith(b"#"):
            start += self._read_line()
        self.header: dict[str, Any]
        self.header, self._columns, self._line = split_header(start, source, NEIGHBOURS)
        if not may_be_shard:
            refuse_shard(self.header, self.name)
        self._done = False

    @property
    def history(self) -> History:
        """The steps that made this table, oldest first; empty when the header has none."""
        return list(self.header.get("history", []))

    @property
    def sha256(self) -> str:
        """SHA-256 of all bytes, unpacked; known after the last block."""
        if not self._done:
            raise ValueError("sha256 is asked for before the last block was read")
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield rows of whole queries. Raises DataError naming file, line and column."""
        held = parse_rows(self._columns, self.name, self._line, NEIGHBOURS)
        line = self._line + 1  # of the first held row
        seen: set[str] = set()
        while lines := self._read_lines():
            rows = parse_rows(lines, self.name, line + held.height - 1, NEIGHBOURS)
            rows = pl.concat([held, rows])
            # The last query may continue in the next block.
            others = (rows["query_id"] != rows["query_id"][-1]).arg_true()
            ends = int(others[-1]) + 1 if len(others) else 0
            held, whole = rows[ends:], rows[:ends]
            yield from self._checked(whole, line, seen)
            line += ends
        self._done = True
        yield from self._checked(held, line, seen)

    def _checked(self, rows: pl.DataFrame, line: int, seen: set[str]) -> Iterator[pl.DataFrame]:
        if not rows.height:
            return
        queries = rows["query_id"].unique(maintain_order=True).to_list()
        again = next((query for query in queries if query in seen), None)
        if again is not None:
            # Before the rules, which would find its first rank out of order.
            row = int((rows["query_id"] == again).arg_max() or 0)
            check_rules(rows[:row], self.name, line, NEIGHBOURS)
            raise DataError(
                f"{self.name}:{line + row}: rows of a query are not adjacent; sort them"
            )
        check_rules(rows, self.name, line, NEIGHBOURS)
        seen.update(queries)
        yield rows

    def _read_line(self) -> bytes:
        line = self._stream.readline(MAXIMUM_BYTES)
        self._digest.update(line)
        return line

    def _read_lines(self) -> bytes:
        """Read about a block of whole lines, and put the column names before them.

        Only a truncated file may end within a line. Empty at the end.
        """
        block = self._stream.read(self._block_bytes)
        if not block:
            return b""
        self._digest.update(block)
        rest = b""
        if not block.endswith(b"\n") and b"\0" not in block:
            rest = self._stream.readline()
            self._digest.update(rest)
        return b"".join([self._columns, block, rest])


@contextmanager
def stream_neighbours(source: str | Path) -> Iterator[NeighbourStream]:
    """Open ranked neighbours for reading in blocks; ``-`` is standard input."""
    with open_input(source) as stream:
        yield NeighbourStream(stream, str(source))


def read_best_neighbours(source: str | Path, top: int) -> Table:
    """Read the first ``top`` neighbours of every query; ``sha256`` is of the whole file.

    Memory: one block, and the rows that are kept.
    """
    with stream_neighbours(source) as stream:
        kept = [rows.filter(pl.col("rank") <= top) for rows in stream.blocks()]
        rows = pl.concat(kept) if kept else pl.DataFrame(schema=dict(NEIGHBOURS.columns))
        return Table(rows, stream.header, stream.path, stream.sha256)
