"""Units of an output, each done by one of the processes that share it."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from gld_shared.progress import Advance, silent
from gld_shared.work.claims import FINISH, Claims

_PAUSE = 0.25


class Output(Protocol):
    """An output that is made in chunks, in any order, and is complete when it has all of them."""

    @property
    def path(self) -> Path:
        """The name under which the output appears."""

    @property
    def finished(self) -> bool:
        """True once the output has its final name; it then has all chunks."""

    @property
    def chunks(self) -> int:
        """The number of chunks."""

    def rows_of(self, chunk: int) -> range:
        """Return the rows in a chunk."""

    def has_chunk(self, chunk: int) -> bool:
        """Return whether a chunk is written."""


class Unit(NamedTuple):
    """A chunk of the output that one process makes: its number and its rows."""

    number: int
    rows: range


class CompleteUnits:
    """The units that any process has completed; reports the rows of each, once."""

    def __init__(self, output: Output, advance: Advance) -> None:
        """Start with no unit known to be complete; rows are reported to ``advance``."""
        self._output = output
        self._advance = advance
        self._missing = set(range(output.chunks))

    @property
    def are_all(self) -> bool:
        """True if no unit was missing at the last look."""
        return not self._missing

    def look(self, number: int) -> bool:
        """Return whether a unit is complete, and report its rows the first time that it is."""
        if number in self._missing and self._output.has_chunk(number):
            self._missing.remove(number)
            self._advance(len(self._output.rows_of(number)))
        return number not in self._missing

    def look_at_all(self) -> None:
        """Look at each unit that was missing at the last look."""
        for number in sorted(self._missing):
            self.look(number)

    def add(self, number: int) -> None:
        """Count a unit as complete without reporting its rows, which the caller has done."""
        self._missing.discard(number)


class Units:
    """The units of an output, handed out to this process among all that share the output.

    A unit is claimed before it is done, written whole, and never done again. When a process dies,
    another one claims its unit.
    """

    def __init__(
        self,
        output: Output,
        claims: Claims,
        advance: Advance = silent,
        is_outdated: Callable[[int], bool] = lambda number: False,
    ) -> None:
        """Report rows that are complete already, or done by other processes, to ``advance``.

        ``is_outdated`` returns whether a complete unit must be done again.
        """
        self._output = output
        self._claims = claims
        self._is_outdated = is_outdated
        self._complete = CompleteUnits(output, advance)

    def rounds(self) -> Iterator[Iterator[Unit]]:
        """Yield rounds of units to do, until the output is complete.

        A round ends when the other processes have claimed all other missing units. The next round
        begins when the units of this one are done, and takes over units of processes that died.
        """
        while True:
            yield self._claimed()
            if self._complete.are_all:
                return
            time.sleep(_PAUSE)

    def settle(self, unit: Unit) -> None:
        """Count a unit that is written as complete, and release its claim."""
        self._complete.add(unit.number)
        self._claims.give_back(unit.number)

    def claim_end(self) -> bool:
        """Wait for the right to finish the output; return whether it is still unfinished."""
        self._claims.take(FINISH, wait=True)
        return not self._output.finished

    def _claimed(self) -> Iterator[Unit]:
        for number in self._order():
            if self._is_done(number) or not self._claims.take(number):
                continue
            # Look again: another process may have done the unit before this one claimed it.
            if self._is_done(number):
                self._claims.give_back(number)
            else:
                yield Unit(number, self._output.rows_of(number))

    def _order(self) -> list[int]:
        numbers = list(range(self._output.chunks))
        # Without locks, processes that begin at different places seldom do the same unit.
        first = 0 if self._claims.has_locks else random.randrange(max(len(numbers), 1))
        return numbers[first:] + numbers[:first]

    def _is_done(self, number: int) -> bool:
        return not self._is_outdated(number) and self._complete.look(number)
