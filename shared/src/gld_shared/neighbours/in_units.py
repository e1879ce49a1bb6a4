"""Neighbours as arrays that are made in units of queries."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gld_shared.neighbours.spec import NeighbourSpec, neighbour_settings
from gld_shared.neighbours.writer import NeighbourWriter
from gld_shared.work.claims import Claims
from gld_shared.work.leftovers import remove_leftovers
from gld_shared.work.shared_output import sharing


@dataclass(frozen=True)
class NeighbourOutput:
    """Neighbours to make as arrays, by any number of processes. It can be pickled.

    ``header`` are the attributes of the arrays, without ``format``: the paths of the stores, their
    digests in the history, and all settings. ``shape`` (n, k) is that of the arrays. Row i belongs
    to row i of the query store.
    """

    path: Path
    header: Mapping[str, Any]
    shape: tuple[int, int]

    def begin(self) -> NeighbourWriter:
        """Begin or resume the neighbours; if they are finished, the writer's ``finished`` is true.

        Raises DataError if an earlier run had other stores or settings.
        """
        return NeighbourWriter(self.path, NeighbourSpec(*self.shape, self.header))

    def is_finished(self) -> bool:
        """Return whether the neighbours are there already.

        What killed processes left beside them is removed. Raises DataError if they are damaged, or
        were made with other stores or settings.
        """
        if not self.path.exists():
            return False
        self.begin()
        remove_leftovers(self.path, neighbour_settings)
        return True

    def joined(self) -> AbstractContextManager[tuple[NeighbourWriter, Claims]]:
        """Join the processes that make the neighbours; see ``sharing``."""
        return sharing(self.path, self.begin)
