"""One process's share of an output: unit after unit, until none is missing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from gld_shared.progress import Advance, silent
from gld_shared.work.claims import Claims
from gld_shared.work.units import Output, Unit, Units


class FinishableOutput(Output, Protocol):
    """An output that gets its final name once it has all chunks."""

    def finish(self) -> Any:
        """Give the complete output its final name."""


Finishable = TypeVar("Finishable", bound=FinishableOutput)


def do_share(
    joined: AbstractContextManager[tuple[Finishable, Claims]],
    make: Callable[[Finishable, Unit], object],
    advance: Advance = silent,
) -> None:
    """Make units of an output, alone or with the other processes that do so, and finish it.

    ``joined`` is ``sharing`` of that output; ``make`` writes a unit. Returns when the output is
    finished; one that is finished already is left as it is. ``advance`` is called with the rows
    that are complete already, or made by other processes.
    """
    with joined as (output, claims):
        if output.finished:
            return
        units = Units(output, claims, advance)
        for claimed in units.rounds():
            for unit in claimed:
                make(output, unit)
                units.settle(unit)
        if units.claim_end():
            output.finish()
