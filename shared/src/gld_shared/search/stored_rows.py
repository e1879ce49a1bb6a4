"""Rows of an index as they are stored, for compiled loops that widen float16 themselves."""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Rows
from gld_shared.search.index import Index


class StoredRows(NamedTuple):
    """Some ``rows`` (r,) of the mapped ``vectors`` (c, d), which are checked."""

    vectors: npt.NDArray[np.float16]
    rows: Rows


@runtime_checkable
class StoredIndex(Protocol):
    """An index that may store float16."""

    def stored(self, rows: Rows) -> list[StoredRows] | None:
        """Return rows as ``stored_rows`` does."""


def stored_rows(index: Index, rows: Rows) -> list[StoredRows] | None:
    """Return rows (r,), in rising order, as they are stored; None where that is not as float16.

    Raises what reading them raises. Memory: that of reading, for rows that are not checked yet.
    """
    return index.stored(rows) if isinstance(index, StoredIndex) else None
