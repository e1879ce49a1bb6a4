"""Doing a share of the work in this process, or in several."""

from contextlib import suppress
from functools import partial
from typing import Protocol

from gld_shared.errors import DataError
from gld_shared.progress import Advance
from gld_shared.work.engines.names import Start
from gld_shared.work.engines.processes import run_processes
from gld_shared.work.shared_output import RemovableOutput, claims_of, sharing
from gld_shared.work.work_folder import work_folder


class Share(Protocol):
    """A process's share of an output; can be pickled."""

    def __call__(self, advance: Advance = ..., /) -> None:
        """Join the processes that make the output, and do units until none is missing."""


def work_in_processes(
    share: Share, output: RemovableOutput, workers: int, advance: Advance, start: Start
) -> None:
    """Make an output in ``workers`` processes, but at most one for each missing unit.

    A single worker is this process. Each other process calls ``start`` first. ``advance`` is called
    with the number of rows that are done, by any process or an earlier run.
    """
    if output.finished:
        advance(sum(len(output.rows_of(number)) for number in range(output.chunks)))
        _tidy(output)
        return
    missing = sum(not output.has_chunk(number) for number in range(output.chunks))
    processes = min(workers, missing)
    if processes <= 1:
        share(advance)
        return
    work = partial(_do_share, share, start)
    with sharing(output.path, lambda: output):
        run_processes(work, ["cpu"] * processes, output, advance)


def _tidy(output: RemovableOutput) -> None:
    """Remove the work folder that a killed process left, unless another one uses it."""
    if work_folder(output.path).exists():
        with suppress(DataError), claims_of(output.path):
            pass


def _do_share(share: Share, start: Start, device: str) -> None:
    start()
    share()
