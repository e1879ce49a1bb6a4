"""The nearest references of references: from their graph, and by search where that lacks some."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.topk import topk


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
    """The lists of some rows found by search, and for all other rows those of a graph, if any."""

    def __init__(
        self, wanted: Rows, references: Index, count: int, graph: Lists | None, device: str
    ) -> None:
        """Make sure that rows ``wanted`` (m,), ascending, have ``count`` others in their lists.

        Memory: the vectors of rows that are searched for, and their lists.
        """
        self._graph = graph
        self.width = count if graph is None else max(count, graph.width)
        if graph is not None:
            found, _ = graph.take(wanted)
            enough = min(count, references.n - 1)
            wanted = wanted[np.count_nonzero(found != NONE, axis=1) < enough]
        self._searched = wanted
        self._rows, self._scores = _others(wanted, references, count, device)

    def take(self, rows: Rows) -> tuple[Rows, Floats]:
        """Return the lists of some rows (m,): rows and scores (m, l)."""
        if self._graph is not None and self._graph.width == self.width and not len(self._searched):
            return self._graph.take(rows)
        found = np.full((len(rows), self.width), NONE, np.int64)
        scores = np.zeros(found.shape, np.float32)
        if self._graph is not None:
            width = self._graph.width
            found[:, :width], scores[:, :width] = self._graph.take(rows)
        places = np.searchsorted(self._searched, rows)
        places[places == len(self._searched)] = 0
        if len(self._searched):
            own = np.flatnonzero(self._searched[places] == rows)
            width = self._rows.shape[1]
            found[own], scores[own] = NONE, 0
            found[own, :width] = self._rows[places[own]]
            scores[own, :width] = self._scores[places[own]]
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
