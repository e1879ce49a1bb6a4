"""The index of a search: vectors that are read by rows, from an array or from stores."""

from collections.abc import Iterator
from typing import Protocol

from gld_shared.search.blocks import Block, Floats, Rows

ROWS_AT_ONCE = 16_384


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


def blocks_of(index: Index, block_rows: int = ROWS_AT_ONCE) -> Iterator[Block]:
    """Yield an index as blocks: first row, vectors (b, d)."""
    for start in range(0, index.n, block_rows):
        yield start, index.read(slice(start, min(start + block_rows, index.n)))
