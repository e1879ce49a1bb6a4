"""The wait for the first process of a Ray cluster, and the warning that says what it waits for."""

import logging
import time
from collections.abc import Sequence
from typing import Any

log = logging.getLogger(__name__)
_SECONDS = 10.0


class FirstProcess:
    """The wait until any process begins: Ray queues it, silently, while others hold the cluster."""

    def __init__(self, ray: Any) -> None:
        """Begin to wait."""
        self._ray = ray
        self._due = time.monotonic() + _SECONDS
        self._is_over = False

    def look(self, begun: Sequence[Any]) -> None:
        """Warn once, after 10 s, if none of the promises that a process begins is kept."""
        if self._is_over or not begun or time.monotonic() < self._due:
            return
        self._is_over = True
        kept, _ = self._ray.wait(list(begun), num_returns=1, timeout=0)
        if not kept:
            log.warning(
                "no process has begun in %.0f s: %s and %s of the Ray cluster are free; a process "
                "needs a GPU, or a CPU of a machine without GPUs, and begins when other work on "
                "the cluster, which `ray status` shows, has freed it",
                *(_SECONDS, self._free("CPU"), self._free("GPU")),
            )

    def _free(self, kind: str) -> str:
        free = self._ray.available_resources().get(kind, 0)
        return f"{free:g} of {self._ray.cluster_resources().get(kind, 0):g} {kind}s"
