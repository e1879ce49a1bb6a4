"""Making a store with several processes: the engines that start them, and the share of each."""

import os
from dataclasses import replace
from functools import partial

from gld_shared.devices import device_of_rank
from gld_shared.progress import Advance
from gld_shared.work.engines.names import Start
from gld_shared.work.engines.processes import run_processes
from gld_shared.work.engines.ray_cluster import run_on_ray

from gld_embed.inference.network_choice import NetworkChoice
from gld_embed.job import Job
from gld_embed.worker import make_store


def make_on_this_machine(
    job: Job, choice: NetworkChoice, dimension: int, device: str, processes: int,
    advance: Advance, start: Start,
) -> None:  # fmt: skip
    """Make a store with a number of processes, which share the cores and the job's workers.

    Each uses its own GPU, or all use the CPU. Raises DataError if there are too few GPUs.
    """
    devices = [device_of_rank(device, rank) for rank in range(processes)]
    share = replace(job, workers=-(-job.workers // processes))
    work = partial(_make_share, share, choice, start)
    with job.shared_store(dimension) as (store, _):
        run_processes(work, devices, store, advance)


def make_on_ray(
    job: Job, choice: NetworkChoice, dimension: int, advance: Advance, start: Start
) -> None:
    """Make a store on a Ray cluster. Raises DataError if the package ray is missing."""
    work = partial(_make_share_on_ray, job, choice, start)
    with job.shared_store(dimension) as (store, _):
        run_on_ray(work, store, advance, "gld-embed[ray]")


def _make_share(job: Job, choice: NetworkChoice, start: Start, device: str) -> None:
    start()
    make_store(job, choice.load(job, device))


def _make_share_on_ray(job: Job, choice: NetworkChoice, start: Start, device: str) -> None:
    # The process's share of the machine's cores: see ``run_on_ray``.
    cores = int(os.environ["OMP_NUM_THREADS"])
    _make_share(replace(job, workers=cores), choice, start, device)
