"""The rows of shards: read in step, query by query, and merged."""

from collections.abc import Iterator, Sequence

import polars as pl
from gld_shared.counting import counted
from gld_shared.errors import DataError
from gld_shared.progress import Advance, silent
from gld_shared.tables.neighbour_stream import NeighbourStream

from gld_search.merging.headers import entry_of

_AGAIN = "the table is damaged or cut short, copy it again or search again"


def merged_rows(
    shards: Sequence[NeighbourStream], advance: Advance = silent
) -> Iterator[pl.DataFrame]:
    """Yield the best neighbours of each query in any shard: the rows of the search of the whole.

    ``shards`` are in the order of their rows, so equal scores are in index order. ``advance`` is
    called with the number of rows that are read.
    Memory: two blocks of each shard. Raises DataError for a shard that lacks rows or has others.
    """
    readers = [_Reader(shard) for shard in shards]
    k = entry_of(shards[0])["neighbours"]
    while all([reader.fill() for reader in readers]):
        common = min(len(reader.queries) for reader in readers)
        _refuse_other_queries(readers, common)
        parts = [reader.take(common) for reader in readers]
        advance(sum(part.height for part in parts))
        yield best_rows(parts, k)
    for reader in readers:
        reader.refuse_missing_rows()
    _refuse_missing_queries(readers)


class _Reader:
    """A shard's rows, of which some queries are held."""

    def __init__(self, shard: NeighbourStream) -> None:
        self.name = shard.name
        self._blocks = shard.blocks()
        self._expected, self._read = entry_of(shard)["rows"], 0
        self._held = pl.DataFrame()
        self.queries = pl.Series(dtype=pl.String)
        self._starts = pl.Series(dtype=pl.UInt32)

    def fill(self) -> bool:
        """Hold a query at least; return False if none is left."""
        if not len(self.queries):
            rows = next(self._blocks, None)
            if rows is None:
                return False
            self._read += rows.height
            self._hold(rows)
        return True

    def take(self, count: int) -> pl.DataFrame:
        """Return the rows of the first queries, with the ``place`` of the query among these."""
        end = self._held.height if count == len(self.queries) else int(self._starts[count])
        taken = self._held[:end].with_columns(place=pl.col("query_id").rle_id())
        self._hold(self._held[end:])
        return taken

    def refuse_missing_rows(self) -> None:
        """Raise DataError unless all rows were read, which the header counts."""
        read = self._read + sum(rows.height for rows in self._blocks)
        if read != self._expected:
            raise DataError(
                f"{self.name}: {counted(read, 'row')}, expected {self._expected:,}; {_AGAIN}"
            )

    def _hold(self, rows: pl.DataFrame) -> None:
        query = rows["query_id"]
        self._held, self._starts = rows, (query != query.shift(1)).fill_null(True).arg_true()
        self.queries = query.gather(self._starts)


def _refuse_other_queries(readers: Sequence[_Reader], count: int) -> None:
    first, *others = readers
    expected = first.queries[:count]
    for reader in others:
        differ = (reader.queries[:count] != expected).arg_true()
        if len(differ):
            found, wanted = (each.queries[int(differ[0])] for each in (reader, first))
            raise DataError(
                f"{reader.name}: has query {found!r} where {first.name} has {wanted!r}, expected "
                f"the same queries in the same order; {_AGAIN}"
            )


def _refuse_missing_queries(readers: Sequence[_Reader]) -> None:
    """Raise DataError if some shard, once any is at its end, has queries left."""
    ended = next(reader for reader in readers if not len(reader.queries))
    for reader in readers:
        if len(reader.queries):
            raise DataError(
                f"{ended.name}: has no query {reader.queries[0]!r}, which {reader.name} has; "
                f"{_AGAIN}"
            )


def best_rows(parts: Sequence[pl.DataFrame], k: int) -> pl.DataFrame:
    """Return the k best rows of each query, told apart by ``place``; ``parts`` are in order.

    Among equal scores, the rows of earlier parts are first, and earlier rows of a part.
    """
    # Adding 0 makes -0 equal to 0.
    score = pl.col("score") + 0.0
    rows = pl.concat(parts).sort("place", -score, maintain_order=True)
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("place")
    return rows.with_columns(rank=rank).filter(pl.col("rank") <= k).drop("place")
