"""Small searches, written in either form of neighbours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gld_shared.neighbours import write_neighbours
from gld_shared.provenance import history_of
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.neighbour_table import neighbour_table
from gld_shared.store import EmbeddingStore
from gld_shared.tables import NEIGHBOURS, write_table


@dataclass
class SmallSearch:
    """A search: its stores, rows and scores (n, k), and the arguments in its history."""

    queries: EmbeddingStore
    index: EmbeddingStore
    rows: Rows
    scores: Floats
    arguments: tuple[str, ...] = ()

    @property
    def header(self) -> dict[str, Any]:
        """The header of the table."""
        stores = [self.queries, self.index]
        return {
            "queries": [str(self.queries.path)],
            "index": [str(self.index.path)],
            "history": history_of("gld-search", self.arguments, stores),
        }

    def as_zarr(self, path: Path, **attributes: Any) -> Path:
        """Write the neighbours as arrays."""
        own = {"k": self.rows.shape[1], "keep_self": "--keep-self" in self.arguments}
        return write_neighbours(path, self.rows, self.scores, {**self.header, **own, **attributes})

    def as_table(self, path: Path) -> Path:
        """Write the neighbours as a table."""
        rows = neighbour_table(self.queries.ids[:], self.index.ids, self.scores, self.rows)
        write_table(path, NEIGHBOURS, rows, self.header)
        return path
