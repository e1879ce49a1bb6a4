"""The processes on the machines of a Ray cluster: started, lost and started again."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gld_shared.errors import DataError
from gld_shared.work.engines.ray_first_process import FirstProcess
from gld_shared.work.units import Output

log = logging.getLogger(__name__)
# Processes started at one place that always die.
_TRIES = 3


@dataclass
class Place:
    """Room for a process on a machine: a GPU, or all of a machine without one.

    ``node`` is the machine's id in the cluster, ``cores`` is the process's share of its CPUs, and
    ``lost`` counts the processes that died here.
    """

    node: str
    machine: str
    has_gpu: bool
    cores: int
    lost: int = 0


class Started(NamedTuple):
    """A process: the promises that it begins, and of its result, and its handle."""

    begun: Any
    result: Any
    process: Any


@dataclass
class Crew:
    """The running processes, by the promise of each result, and their places."""

    ray: Any
    start: Callable[[Place], Started]
    output: Output
    working: dict[Any, tuple[Started, Place]] = field(default_factory=dict)
    _nodes: set[str] = field(default_factory=set)
    _free: list[Place] = field(default_factory=list)
    _last_loss: str = ""

    def __post_init__(self) -> None:
        """Begin to wait for the first process."""
        self._first = FirstProcess(self.ray)

    def join(self) -> None:
        """Start processes on machines that are new to the cluster, and where one was lost."""
        alive = {node["NodeID"]: node for node in self.ray.nodes() if node["Alive"]}
        for name in [name for name in alive if name not in self._nodes]:
            self._nodes.add(name)
            if places := _places_on(alive[name]):
                self._free += places
                log.info("machine %s takes part", places[0].machine)
        for place in self._free:
            # A machine that comes back has another id.
            if place.node in alive:
                started = self.start(place)
                self.working[started.result] = (started, place)
        self._free.clear()
        self._first.look([started.begun for started, _ in self.working.values()])

    def leave(self) -> None:
        """Collect the processes that ended. Raises the error of a failed one."""
        if not self.working:
            # Processes of another command may have finished it since the last look.
            if self.output.finished:
                return
            raise DataError(
                f"no machine of the Ray cluster is left that can work{self._last_loss}; "
                "the same command resumes"
            )
        ended, _ = self.ray.wait(list(self.working), num_returns=len(self.working), timeout=0)
        for promise in ended:
            started, place = self.working.pop(promise)
            try:
                error = self.ray.get(promise)
            except self.ray.exceptions.RayError as lost:
                # One that lives, but that Ray cannot reach, would keep its GPU.
                self.ray.kill(started.process)
                self._lose(place, str(lost))
            else:
                if error is not None:
                    raise error

    def _lose(self, place: Place, reason: str) -> None:
        """Note a lost process, and that its place is free unless all processes die there."""
        place.lost += 1
        last_line = reason.strip().rpartition("\n")[2].rstrip(".")
        self._last_loss = f": {place.machine} lost a process: {last_line}"
        log.warning(
            "machine %s lost a process (%d of %d tries): %s",
            *(place.machine, place.lost, _TRIES, last_line),
        )
        if place.lost < _TRIES:
            self._free.append(place)


def _places_on(node: Mapping[str, Any]) -> list[Place]:
    resources = node["Resources"]
    gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 0))
    if not (gpus or cpus):
        return []
    count = max(gpus, 1)
    cores = max(cpus // count, 1)
    return [
        Place(node["NodeID"], node["NodeManagerHostname"], gpus > 0, cores) for _ in range(count)
    ]
