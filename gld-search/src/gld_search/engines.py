"""Making neighbours with several processes: the engines that start them, and the share of each."""

from collections.abc import Sequence
from functools import partial

from gld_shared.progress import Advance
from gld_shared.work.engines.names import Start
from gld_shared.work.engines.processes import run_processes
from gld_shared.work.engines.ray_cluster import run_on_ray

from gld_search.job import SearchJob
from gld_search.units import make_neighbours


def make_on_this_machine(
    job: SearchJob, devices: Sequence[str], advance: Advance, start: Start
) -> None:
    """Make neighbours with a process for each of ``devices``; those on the CPU share its cores.

    ``advance`` is called with the number of queries that are done.
    """
    with job.joined() as (output, _):
        run_processes(partial(_make_share, job, start), devices, output, advance)


def make_on_ray(job: SearchJob, advance: Advance, start: Start) -> None:
    """Make neighbours on a Ray cluster. Raises DataError if the package ray is missing."""
    with job.joined() as (output, _):
        run_on_ray(partial(_make_share, job, start), output, advance, "gld-search[ray]")


def _make_share(job: SearchJob, start: Start, device: str) -> None:
    start()
    make_neighbours(job, job.open_search(), device)
