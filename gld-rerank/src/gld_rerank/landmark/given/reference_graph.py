"""The graph of the references."""

from gld_shared.neighbours import Nearest
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.landmark.given.labelled_lists import LabelledLists
from gld_rerank.landmark.references import References


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
