"""Units of an output, each done by one of the processes that share it."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from gld_shared.progress import Advance, silent
from gld_shared.work.claims import Claims

_PAUSE = 0.25


class Output(Protocol):
    """An output that is made in chunks, in any order, and is complete when it has all of them."""

    path: Path

    @property
    def finished(self) -> bool:
        """Whether the output has its final name; it then has all chunks."""

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
    """The units that are complete, whoever did them; reports the rows of each, once."""

    def __init__(self, output: Output, advance: Advance) -> None:
        """Begin with none."""
        self._output = output
        self._advance = advance
        self._missing = set(range(output.chunks))

    @property
    def are_all(self) -> bool:
        """Whether no unit is missing, as far as has been looked."""
        return not self._missing

    def look(self, number: int) -> bool:
        """Return whether a unit is complete, and report it if it was not known to be."""
        if number in self._missing and self._output.has_chunk(number):
            self._missing.remove(number)
            self._advance(len(self._output.rows_of(number)))
        return number not in self._missing

    def look_at_all(self) -> None:
        """Look at each unit that was missing."""
        for number in sorted(self._missing):
            self.look(number)

    def add(self, number: int) -> None:
        """Count a unit whose rows are reported by others."""
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
        """``advance`` hears of the rows that are complete already, or done by other processes.

        ``is_outdated`` tells of a complete unit whether it must be done again.
        """
        self._output = output
        self._claims = claims
        self._is_outdated = is_outdated
        self._complete = CompleteUnits(output, advance)

    def rounds(self) -> Iterator[Iterator[Unit]]:
        """Yield rounds of units to do, until the output is complete.

        A round ends when the other processes have claimed all that is missing. The next one begins
        when its units are done, and takes over what a process that died has left.
        """
        while True:
            yield self._claimed()
            if self._complete.are_all:
                return
            time.sleep(_PAUSE)

    def settle(self, unit: Unit) -> None:
        """Count a unit as complete when it is written, and let other processes see that."""
        self._complete.add(unit.number)
        self._claims.give_back(unit.number)

    def claim_end(self) -> bool:
        """Wait for the right to finish the output; return whether nobody else has done so."""
        # The number after the last unit.
        self._claims.take(self._output.chunks, wait=True)
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
