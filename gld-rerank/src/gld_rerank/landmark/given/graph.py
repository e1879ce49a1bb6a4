"""The graph of the references."""

from pathlib import Path

from gld_shared.neighbours import Nearest, open_graph
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store import EmbeddingStore

from gld_rerank.landmark.given.labelled_lists import LabelledLists
from gld_rerank.landmark.references import References
from gld_rerank.landmark.tagging.best import NEIGHBOURHOOD


class GraphLists:
    """The graph of a store as the lists of its labelled images, numbered without the others.

    See ``gld_rerank.landmark.tagging.lists.Lists``. Memory: 8 bytes for each image of the store.
    """

    def __init__(self, graph: Nearest, references: References) -> None:
        """Keep the graph."""
        self.width = graph.k
        self._store_rows = references.store_rows
        self._lists = LabelledLists(graph, references, graph.n)

    def take(self, rows: Rows) -> tuple[Rows, Floats]:
        """Return the lists of some rows (m,): rows, -1 = no more, and scores, (m, l) each."""
        return self._lists.read(self._store_rows[rows])


def open_reference_graph(
    path: str | Path, store: EmbeddingStore, references: References
) -> tuple[Nearest, GraphLists]:
    """Open the graph of a store of references; it may lack some. Raises as ``open_graph`` does."""
    graph = open_graph(path, store, NEIGHBOURHOOD, may_lack=True)
    return graph, GraphLists(graph, references)
