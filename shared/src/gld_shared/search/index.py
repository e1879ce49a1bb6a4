"""The index of a search: vectors that are read by rows, from an array or from stores."""

from collections.abc import Iterator
from typing import Protocol

from gld_shared.search.blocks import BLOCK_ROWS, Block, Floats, Rows


class Index(Protocol):
    """Vectors that are read by rows, from several threads at once; a store is one."""

    @property
    def n(self) -> int:
        """The number of vectors."""

    def read(self, rows: slice | Rows) -> Floats:
        """Read the vectors of some rows as float32, (rows, d)."""


class ArrayIndex:
    """An array (n, d) in memory as an ``Index``."""

    def __init__(self, vectors: Floats) -> None:
        """Keep the array."""
        self._vectors = vectors

    @property
    def n(self) -> int:
        """The number of vectors."""
        return len(self._vectors)

    def read(self, rows: slice | Rows) -> Floats:
        """Return the vectors of some rows."""
        return self._vectors[rows]


class SomeRows:
    """Some rows of an index, numbered from 0, as an ``Index``."""

    def __init__(self, index: Index, rows: Rows) -> None:
        """Keep the numbers of the rows (n,)."""
        self._index, self._rows = index, rows

    @property
    def n(self) -> int:
        """The number of vectors."""
        return len(self._rows)

    def read(self, rows: slice | Rows) -> Floats:
        """Read the vectors of some of the rows."""
        return self._index.read(self._rows[rows])


class RowRange:
    """Consecutive rows of an index, numbered from 0, as an ``Index``."""

    def __init__(self, index: Index, rows: range) -> None:
        """Keep the rows, a range of step 1."""
        self._index, self._rows = index, rows

    @property
    def n(self) -> int:
        """The number of vectors."""
        return len(self._rows)

    def read(self, rows: slice | Rows) -> Floats:
        """Read the vectors of some of the rows."""
        if isinstance(rows, slice):
            part = self._rows[rows]
            return self._index.read(slice(part.start, part.stop))
        return self._index.read(rows + self._rows.start)


def blocks_of(index: Index, block_rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """Yield an index as blocks: first row, vectors (b, d)."""
    for start in range(0, index.n, block_rows):
        yield start, index.read(slice(start, min(start + block_rows, index.n)))
