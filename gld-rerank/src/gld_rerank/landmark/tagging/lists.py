"""The nearest references of references: from their graph, and by search where that lacks some."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.threads import cores, in_order
from gld_shared.search.topk import topk

# Lists that are taken from a graph at once: 1.5 MB, which stay in a core's cache while checked.
_ROWS = 4_096


class Lists(Protocol):
    """Lists of the nearest rows of each row of an index, best first.

    A row is not in its own list. A list lacks no row that is nearer than its last one. Equal scores
    are in the order of rows.
    """

    @property
    def width(self) -> int:
        """The length l of the longest list."""

    def take(self, rows: Rows) -> tuple[Rows, Floats]:
        """Return the lists of some rows (m,): rows, -1 = no more, and scores, (m, l) each."""


class SearchedLists:
    """The lists of some rows in memory, from a graph or by search, and those of all others.

    ``rows`` and ``scores`` (m, l) are the lists of the rows ``wanted`` (m,).
    """

    def __init__(
        self, wanted: Rows, references: Index, count: int, graph: Lists | None, device: str
    ) -> None:
        """Make sure that rows ``wanted`` (m,), ascending, have ``count`` others in their lists.

        Memory: their lists, and the vectors of rows that are searched for.
        """
        self._graph, self.wanted = graph, wanted
        width = count if graph is None else max(count, graph.width)
        self.rows = np.full((len(wanted), width), NONE, np.int64)
        self.scores = np.zeros(self.rows.shape, np.float32)
        if graph is not None:
            self._fill(graph)
        enough = min(count, references.n - 1)
        short = np.flatnonzero(np.count_nonzero(self.rows != NONE, axis=1) < enough)
        if len(short):
            self.rows[short], self.scores[short] = NONE, 0
            rows, scores = _others(wanted[short], references, count, device)
            self.rows[short, : rows.shape[1]], self.scores[short, : rows.shape[1]] = rows, scores

    def _fill(self, graph: Lists) -> None:
        """Take the lists from the graph, whose files are read and verified in threads."""

        def take(first: int) -> None:
            part = slice(first, first + _ROWS)
            rows, scores = graph.take(self.wanted[part])
            self.rows[part, : graph.width], self.scores[part, : graph.width] = rows, scores

        for _ in in_order(take, range(0, len(self.wanted), _ROWS), cores()):
            pass

    def take(self, rows: Rows) -> tuple[Rows, Floats]:
        """Return the lists of some rows (m,): rows, -1 = no more, and scores, (m, l) each."""
        found = np.full((len(rows), self.rows.shape[1]), NONE, np.int64)
        scores = np.zeros(found.shape, np.float32)
        places = np.minimum(np.searchsorted(self.wanted, rows), len(self.wanted) - 1)
        own = self.wanted[places] == rows
        found[own], scores[own] = self.rows[places[own]], self.scores[places[own]]
        if self._graph is not None:
            width = self._graph.width
            found[~own, :width], scores[~own, :width] = self._graph.take(rows[~own])
        return found, scores


def moved_to_the_end(
    which: npt.NDArray[np.bool_], rows: Rows, scores: Floats
) -> tuple[Rows, Floats]:
    """Move some entries (m, l) of lists to the end, as -1 and 0."""
    order = np.argsort(which, axis=1, kind="stable")
    kept = np.where(which, NONE, rows), np.where(which, np.float32(0), scores)
    moved, moved_scores = (np.take_along_axis(each, order, axis=1) for each in kept)
    return moved, moved_scores


def _others(wanted: Rows, references: Index, count: int, device: str) -> tuple[Rows, Floats]:
    """Search for the ``count`` nearest other rows of some rows."""
    if not len(wanted):
        return np.empty((0, count), np.int64), np.empty((0, count), np.float32)
    scores, rows = topk(references.read(wanted), references, count + 1, device)
    rows, scores = moved_to_the_end(rows == wanted[:, None], rows, scores)
    return rows[:, :count], scores[:, :count]
