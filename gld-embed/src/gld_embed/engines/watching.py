"""Following from outside how a store grows."""

from gld_shared.store import StoreWriter
from gld_shared.work.timing import Advance


class Watch:
    """Tells ``advance`` of the images that other processes have embedded."""

    def __init__(self, writer: StoreWriter, advance: Advance) -> None:
        """Begin with what is there already."""
        self._writer = writer
        self._advance = advance
        self._missing = set(range(writer.chunks))
        self.look()

    def look(self) -> None:
        """Look once more."""
        there = {unit for unit in self._missing if self._writer.has_chunk(unit)}
        self._count(there)

    def complete(self) -> None:
        """Take it that nothing is missing any more."""
        self._count(set(self._missing))

    def _count(self, units: set[int]) -> None:
        self._missing -= units
        self._advance(sum(len(self._writer.rows_of(unit)) for unit in units), None)
