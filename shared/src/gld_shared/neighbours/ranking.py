"""Ranked neighbours of either form, in blocks of whole queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from gld_shared.neighbours.forms import is_zarr
from gld_shared.provenance import History
from gld_shared.tables import stream_neighbours


class Ranking(Protocol):
    """Ranked neighbours, read once, in order; an input of what is made from them."""

    @property
    def path(self) -> str:
        """The path as the user named it."""

    @property
    def header(self) -> dict[str, Any]:
        """The header of the table, or the attributes of the arrays."""

    @property
    def history(self) -> History:
        """The steps that made them, oldest first."""

    @property
    def sha256(self) -> str:
        """Their digest; of a table, known after the last block."""

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield rows ``query_id index_id rank score`` of whole queries."""


@contextmanager
def open_ranking(source: str | Path) -> Iterator[Ranking]:
    """Open neighbours of either form, to be read in blocks; ``-`` is a table on standard input."""
    if is_zarr(source):
        # Imported here: a table needs no zarr.
        from gld_shared.neighbours.array_ranking import ArrayRanking
        from gld_shared.neighbours.zarr_form import open_arrays

        yield ArrayRanking(open_arrays(source))
        return
    with stream_neighbours(source) as stream:
        yield stream
