"""Processes on the machines of a Ray cluster, which may join and leave."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gld_shared.errors import DataError
from gld_shared.faults import Fault, readable
from gld_shared.progress import Advance
from gld_shared.work.units import CompleteUnits, Output

log = logging.getLogger(__name__)
Work = Callable[[str], object]
_PAUSE = 1.0
# Attempts on a machine where the processes always die.
_TRIES = 3


class Process:
    """A process on a GPU of the cluster, or on a machine without one."""

    def run(self, work: Work, device: str) -> DataError | Fault | None:
        """Call ``work``, and return its error, or None.

        Ray would retry after an exception, which helps if a machine fails, but not if an image is
        unreadable, nor if gld has a fault.
        """
        try:
            work(device)
        except Exception as error:
            log.debug("the traceback in a process:", exc_info=error)
            return readable(error)
        return None


@dataclass
class Crew:
    """The running processes: the promise of each result, the process's handle and its machine."""

    ray: Any
    start: Callable[[str, dict[str, float]], list[tuple[Any, Any]]]
    working: dict[Any, tuple[Any, str]] = field(default_factory=dict)
    machines: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)

    def join(self) -> None:
        """Start processes on machines that are new to the cluster."""
        for node in self.ray.nodes():
            name = node["NodeID"]
            if not node["Alive"] or name in self.machines or self.lost[name] >= _TRIES:
                continue
            self.machines.add(name)
            for promise, process in self.start(name, node["Resources"]):
                self.working[promise] = (process, name)
            log.info("machine %s takes part", node["NodeManagerHostname"])

    def leave(self) -> None:
        """Collect the processes that ended. Raises the error of a failed one."""
        if not self.working:
            raise DataError("no machine of the Ray cluster is left that can work")
        ended, _ = self.ray.wait(list(self.working), num_returns=len(self.working), timeout=0)
        for promise in ended:
            _, machine = self.working.pop(promise)
            try:
                error = self.ray.get(promise)
            except self.ray.exceptions.RayError as lost:
                self._lose(machine, str(lost))
            else:
                if error is not None:
                    raise error

    def _lose(self, machine: str, reason: str) -> None:
        """Note a lost process. Its machine is tried again if it is still in the cluster."""
        lines = reason.strip().splitlines()
        log.warning("a process is lost, the others do its share: %s", lines[-1] if lines else "")
        self.lost[machine] += 1
        self.machines.discard(machine)


def run_on_ray(work: Work, output: Output, advance: Advance, package: str) -> None:
    """Call ``work`` on a Ray cluster: in a process for each GPU, or for a machine without any.

    Each call gets its device, and returns when ``output`` is finished. The cluster is the one that
    RAY_ADDRESS names or that this machine belongs to, else this machine alone. Inputs and output
    must have the same paths on all machines. A machine that joins takes part; when a machine
    leaves, the others do its unfinished units; a process that dies is started again. Raises
    the DataError or Fault of the first process that fails, and DataError if ray is missing, naming
    ``package``, which installs it.
    """
    ray = _import_ray(package)
    ray.init(log_to_driver=True, logging_level=logging.WARNING, configure_logging=False)
    try:
        crew = Crew(ray, lambda machine, resources: _start(ray, machine, resources, work))
        complete = CompleteUnits(output, advance)
        while not output.finished:
            crew.join()
            crew.leave()
            complete.look_at_all()
            time.sleep(_PAUSE)
        complete.look_at_all()
    finally:
        ray.shutdown()


def _start(
    ray: Any, machine: str, resources: dict[str, float], work: Work
) -> list[tuple[Any, Any]]:
    """Start the processes of one machine: the promise of each one's result, and its handle."""
    gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 0))
    if not (gpus or cpus):
        return []
    count = max(gpus, 1)
    strategies = ray.util.scheduling_strategies
    remote = ray.remote(Process).options(
        num_gpus=1 if gpus else 0,
        num_cpus=max(cpus // count, 1),
        max_restarts=-1,
        max_task_retries=-1,
        scheduling_strategy=strategies.NodeAffinitySchedulingStrategy(machine, soft=False),
    )
    device = "cuda" if gpus else "cpu"
    processes = [remote.remote() for _ in range(count)]
    return [(process.run.remote(work, device), process) for process in processes]


def _import_ray(package: str) -> Any:
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise DataError(f"--engine ray needs the package ray; pip install '{package}'") from error
    return ray
