"""Merging the shards of a search."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import open_input
from gld_shared.progress import Advance
from gld_shared.tables.neighbour_stream import BLOCK_BYTES, NeighbourStream

from gld_search.merging.headers import entry_of, header_of_the_whole, in_order
from gld_search.merging.rows import merged_rows

_LEAST_BYTES = 1 << 20


@dataclass(frozen=True)
class Merged:
    """The table of the whole: its header, its rows as ``merged_rows``, the shards' rows in all."""

    header: dict[str, Any]
    blocks: Callable[[Advance], Iterator[pl.DataFrame]]
    rows: int


@contextmanager
def merging(paths: Sequence[str]) -> Iterator[Merged]:
    """Open the tables of all shards of a search, in any order, and merge them.

    The result has the bytes of the table that the search without shards writes. Memory: two blocks
    of each shard, 64 MB of text in all, and at least two queries' rows of each shard. Raises
    DataError naming the table unless they are all shards of one search, each once.
    """
    for path in paths:
        if Path(path).is_dir():
            raise DataError(
                f"{path}: is a folder; expected a table that gld-search --shard i/n wrote "
                "(neighbours as Zarr are searched without shards)"
            )
    size = max(_LEAST_BYTES, BLOCK_BYTES // len(paths))
    with ExitStack() as stack:
        tables = [
            NeighbourStream(stack.enter_context(open_input(path)), path, size, may_be_shard=True)
            for path in paths
        ]
        shards = in_order(tables)
        rows = sum(entry_of(shard)["rows"] for shard in shards)
        yield Merged(
            header_of_the_whole(shards[0]), lambda advance: merged_rows(shards, advance), rows
        )
