"""Shards: contiguous parts of an index, each searched by a run of its own."""

from dataclasses import dataclass
from typing import TypedDict

from gld_shared.counting import counted
from gld_shared.errors import DataError


class ShardEntry(TypedDict):
    """What the header of a shard's table says, so that the tables can be merged.

    The shard's ``number`` and their ``count``; the search's ``neighbours`` per query, and whether
    it kept the query itself; the number of ``rows`` in the table.
    """

    number: int
    count: int
    neighbours: int
    keep_self: bool
    rows: int


@dataclass(frozen=True)
class Shard:
    """Part ``number`` (from 1 on) of the ``count`` parts of an index."""

    number: int
    count: int

    def __str__(self) -> str:
        """Return the shard as ``--shard`` takes it."""
        return f"{self.number}/{self.count}"

    def rows(self, n: int) -> range:
        """Return the shard's rows of an index of ``n``.

        Raises DataError unless each shard has two rows: one of them is not the query itself, so
        that every query has a neighbour in every shard.
        """
        most = max(1, n // 2)
        if self.count > most:
            raise DataError(
                f"--shard {self}: the index holds {counted(n, 'image')}, expected at most "
                f"{counted(most, 'shard')}, of two images or more each"
            )
        return range(n * (self.number - 1) // self.count, n * self.number // self.count)

    def entry(self, neighbours: int, keep_self: bool, rows: int) -> ShardEntry:
        """Return what the header of the shard's table says."""
        return {
            "number": self.number,
            "count": self.count,
            "neighbours": neighbours,
            "keep_self": keep_self,
            "rows": rows,
        }


WHOLE = Shard(1, 1)
