"""A search whose neighbours become arrays, made in units by any number of processes."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gld_shared.neighbours import NeighbourSpec, NeighbourWriter
from gld_shared.neighbours.named_stores import open_named_stores
from gld_shared.provenance import History
from gld_shared.work.claims import Claims
from gld_shared.work.shared_output import sharing

from gld_search.search import Search


@dataclass(frozen=True)
class SearchJob:
    """Neighbours to make. A job can be pickled, and another process opens the search from it.

    ``header`` are the attributes of the arrays, without ``format``: the paths of the stores, their
    digests in the history, and all settings. ``shape`` (n, k) is that of the arrays, ``memory`` the
    limit of each process.
    """

    path: Path
    header: Mapping[str, Any]
    shape: tuple[int, int]
    memory: int | None = None

    @property
    def history(self) -> History:
        """The steps that lead to the neighbours."""
        return list(self.header["history"])

    def open_search(self) -> Search:
        """Open the stores. Raises DataError unless their digests are those in the history."""
        queries, index = open_named_stores(self, "queries"), open_named_stores(self, "index")
        weights = self.header.get("weights", ())
        k, keep_self = self.header["k"], self.header["keep_self"]
        return Search(queries, index, k, keep_self, weights, memory=self.memory)

    def begin(self) -> NeighbourWriter:
        """Begin or resume the neighbours; if they are finished, the writer's ``finished`` is true.

        Raises DataError if an earlier run had other stores or settings.
        """
        return NeighbourWriter(self.path, NeighbourSpec(*self.shape, self.header))

    def shared_output(self) -> AbstractContextManager[tuple[NeighbourWriter, Claims]]:
        """Join the processes that make the neighbours; see ``sharing``."""
        return sharing(self.path, self.begin)
