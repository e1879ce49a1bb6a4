"""A search whose neighbours become arrays, made in units by any number of processes."""

from dataclasses import dataclass

from gld_shared.neighbours import NeighbourOutput
from gld_shared.neighbours.named_stores import open_named_stores
from gld_shared.provenance import History

from gld_search.search import Search


@dataclass(frozen=True)
class SearchJob(NeighbourOutput):
    """Neighbours to make. A job can be pickled, and another process opens the search from it.

    ``memory`` is the limit of each process.
    """

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
