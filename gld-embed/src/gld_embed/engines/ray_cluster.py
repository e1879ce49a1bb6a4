"""Processes on the machines of a Ray cluster, which may come and go."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.store import StoreWriter
from gld_shared.work.timing import Advance

from gld_embed.embed import embed
from gld_embed.engines.watching import Watch
from gld_embed.inference.choice import NetworkChoice
from gld_embed.job import Job

log = logging.getLogger(__name__)
_PAUSE = 1.0
# Of starting a process on a machine where it always dies.
_TRIES = 3


class Process:
    """What runs on a GPU of the cluster, or on a machine without one."""

    def __init__(self, begin: Callable[[], object]) -> None:
        """Begin."""
        begin()

    def work(self, job: Job, choice: NetworkChoice, device: str) -> str:
        """Work on the store until it is finished; an error comes back as its text.

        Ray would try again what was raised, which mends machines and no images.
        """
        # Ray gives each process its cores by this variable.
        cores = int(os.environ.get("OMP_NUM_THREADS", "1"))
        try:
            embed(replace(job, workers=max(cores, 1)), choice.load(job, device))
        except DataError as error:
            return str(error)
        return ""


@dataclass
class Crew:
    """The processes at work: the promise of each one's result, its handle, and its machine."""

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
        """See who has ended. Raises DataError with what one of them had to say."""
        if not self.working:
            raise DataError("no machine of the Ray cluster is left that can work")
        ended, _ = self.ray.wait(list(self.working), num_returns=len(self.working), timeout=0)
        for promise in ended:
            _, machine = self.working.pop(promise)
            try:
                message = self.ray.get(promise)
            except self.ray.exceptions.RayError as error:
                self._lose(machine, str(error))
            else:
                if message:
                    raise DataError(message)

    def _lose(self, machine: str, reason: str) -> None:
        """A process is gone. If its machine is there after all, it is taken on again."""
        lines = reason.strip().splitlines()
        log.warning("a process is lost, the others do its share: %s", lines[-1] if lines else "")
        self.lost[machine] += 1
        self.machines.discard(machine)


def embed_on_ray(
    job: Job,
    choice: NetworkChoice,
    writer: StoreWriter,
    advance: Advance,
    begin: Callable[[], object],
) -> Path:
    """Make a store on a Ray cluster: a process for each GPU, one for a machine without any.

    The cluster is the one that RAY_ADDRESS names or that this machine is part of, else this
    machine alone. Images, checkpoint and store must have the same paths on all machines. A machine
    that joins takes part, and what one that leaves had begun is done by the others; a process that
    dies is started again. ``writer`` has begun the store. Raises DataError without the package
    ray, and with what the first process has to say that fails.
    """
    ray = _import_ray()
    ray.init(log_to_driver=True, logging_level=logging.WARNING, configure_logging=False)
    try:
        crew = Crew(ray, lambda name, has: _start(ray, name, has, job, choice, begin))
        watch = Watch(writer, advance)
        while not job.output.exists():
            crew.join()
            crew.leave()
            watch.look()
            time.sleep(_PAUSE)
        watch.complete()
        return job.output
    finally:
        ray.shutdown()


def _start(
    ray: Any,
    machine: str,
    resources: dict[str, float],
    job: Job,
    choice: NetworkChoice,
    begin: Callable[[], object],
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
    processes = [remote.remote(begin) for _ in range(count)]
    return [(process.work.remote(job, choice, device), process) for process in processes]


def _import_ray() -> Any:
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise DataError(
            "--engine ray needs the package ray; pip install 'gld-embed[ray]'"
        ) from error
    return ray
