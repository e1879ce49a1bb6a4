"""Some rows of an index as an index."""

from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.stored_rows import StoredRows, stored_rows


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

    def stored(self, rows: Rows) -> list[StoredRows] | None:
        """Return some of the rows as ``stored_rows`` does; None where their order is another."""
        chosen = self._rows[rows]
        return stored_rows(self._index, chosen) if (chosen[1:] >= chosen[:-1]).all() else None


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

    def stored(self, rows: Rows) -> list[StoredRows] | None:
        """Return some of the rows as ``stored_rows`` does."""
        return stored_rows(self._index, rows + self._rows.start)
