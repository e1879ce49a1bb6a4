"""Processes on the machines of a Ray cluster, which may join and leave."""

import logging
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gld_shared.devices import choose_device
from gld_shared.errors import DataError
from gld_shared.faults import Fault, readable
from gld_shared.progress import Advance
from gld_shared.work.engines.ray_crew import Crew, Place, Started
from gld_shared.work.units import CompleteUnits, Output

log = logging.getLogger(__name__)
Work = Callable[[str], object]
_PAUSE = 1.0


class Process:
    """A process on a GPU of the cluster, or on a machine without one."""

    def __init__(self, cores: int) -> None:
        """Let libraries, which read the variable when they are imported, use that many cores."""
        os.environ["OMP_NUM_THREADS"] = str(cores)

    def run(self, folder: Path, work: Work, device: str) -> DataError | Fault | None:
        """Call ``work`` in the folder from which its paths start, and return its error, or None.

        ``device`` is cpu or auto, which is the process's GPU where torch can use it.

        Ray would retry after an exception, which helps if a machine fails, but not if an image is
        unreadable, nor if gld has a fault.
        """
        try:
            _change_to(folder)
            work(choose_device(device))
        except Exception as error:
            log.debug("the traceback in a process:", exc_info=error)
            return readable(error)
        return None


def run_on_ray(work: Work, output: Output, advance: Advance, package: str) -> None:
    """Call ``work`` on a Ray cluster: in a process for each GPU, or for a machine without any.

    Each call gets its device, and returns when ``output`` is finished. The cluster is the one that
    RAY_ADDRESS names or that this machine belongs to, else this machine alone. Inputs and output
    must have the same paths on all machines, and so must this process's working folder, because
    those paths may be relative. A machine that joins takes part; when a machine leaves, the others
    do its unfinished units; a process that dies is started again, up to twice. Raises the DataError
    or Fault of the first process that fails, and DataError if all died, or if ray is missing,
    naming ``package``, which installs it. A process needs a GPU, or a CPU, to be free, and
    OMP_NUM_THREADS is its share of the machine's CPUs.
    """
    ray = _import_ray(package)
    ray.init(log_to_driver=True, logging_level=logging.WARNING, configure_logging=False)
    try:
        crew = Crew(ray, partial(_start, ray, Path.cwd(), work), output)
        complete = CompleteUnits(output, advance)
        while not output.finished:
            crew.join()
            crew.leave()
            complete.look_at_all()
            time.sleep(_PAUSE)
        complete.look_at_all()
    finally:
        ray.shutdown()


def _start(ray: Any, folder: Path, work: Work, place: Place) -> Started:
    strategies = ray.util.scheduling_strategies
    remote = ray.remote(Process).options(
        # All cores are used, but to wait until all are free might take for ever.
        num_gpus=1 if place.has_gpu else 0,
        num_cpus=0 if place.has_gpu else 1,
        # The crew starts lost processes again: Ray would say nothing.
        max_restarts=0,
        max_task_retries=0,
        scheduling_strategy=strategies.NodeAffinitySchedulingStrategy(place.node, soft=False),
    )
    process = remote.remote(place.cores)
    begun = process.__ray_ready__.remote()
    device = "auto" if place.has_gpu else "cpu"
    return Started(begun, process.run.remote(folder, work, device), process)


def _change_to(folder: Path) -> None:
    """Change this process's working folder. Raises DataError that names it and the machine."""
    try:
        os.chdir(folder)
    except OSError as error:
        raise DataError(
            f"{folder}: {error.strerror} on the machine {platform.node()}, expected the folder in "
            "which the command was started; start it in one that all machines have"
        ) from None  # its text is in the message


def _import_ray(package: str) -> Any:
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise DataError(f"--engine ray needs the package ray; pip install '{package}'") from error
    return ray
