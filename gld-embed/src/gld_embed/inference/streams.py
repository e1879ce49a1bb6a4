"""Streams: threads that each compute their own batch, and smaller batches when memory runs out."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.errors import DataError
from gld_shared.images.parallel_map import ImageThreads
from gld_shared.out_of_memory import is_out_of_memory

log = logging.getLogger(__name__)
Vectors = npt.NDArray[np.float32]
Task = TypeVar("Task")
Done = TypeVar("Done")
# A batch takes long, so a thread takes one at a time, and one more waits for it.
_BATCHES, _BATCHES_AHEAD = 1, 2
CPU = torch.device("cpu")


class Streams:
    """A function of a batch, called by several threads at once, each with its own batch.

    One thread per core computes more than all cores together on each batch: they wait for the
    slowest after every layer, and on busy machines the slowest is one that the system has put
    aside. A batch is computed by one thread alone, so its bits do not depend on the number of
    streams.

    When memory runs out, a batch is computed in smaller and smaller halves while the other streams
    wait. The size that succeeds is kept for later batches, with a warning.
    """

    def __init__(
        self,
        function: Callable[[torch.Tensor], Vectors],
        streams: int = 1,
        device: torch.device = CPU,
    ) -> None:
        """``function`` maps ``(b, ...)`` to ``(b, d)``, each row independently, on ``device``.

        A single stream is the caller's own thread, with all of torch's threads.
        """
        self.most = sys.maxsize
        self._function = function
        self._streams = streams
        self._device = device
        self._turns = Semaphore(streams)
        self._alone = Lock()
        self._threads = ImageThreads(streams if streams > 1 else 0, _BATCHES, _BATCHES_AHEAD)

    def map_in_order(
        self, function: Callable[[Task], Done], tasks: Iterable[Task]
    ) -> Iterator[Done]:
        """Yield ``function(task)`` in order; it is called in the streams, and calls this object.

        Memory: as many batches are computed as there are streams, and twice as many may wait.
        """
        return self._threads.map_in_order(function, tasks)

    def close(self) -> None:
        """End the threads, after the batches that they have begun."""
        self._threads.close()

    def __call__(self, batch: torch.Tensor) -> Vectors:
        """Compute a batch. Raises DataError if one row is too large for the memory."""
        with self._turns:
            size = min(self.most, len(batch))
            vectors = self._try(batch)
        return self._in_halves(batch, size) if vectors is None else vectors

    def _try(self, batch: torch.Tensor) -> Vectors | None:
        """Compute a batch, ``most`` rows at a time; return None if memory runs out."""
        try:
            return np.concatenate([self._function(part) for part in torch.split(batch, self.most)])
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        # Outside the handler, the traceback no longer keeps the batch's memory alive.
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _in_halves(self, batch: torch.Tensor, failed: int) -> Vectors:
        """Compute a batch that failed at a size, alone: a single row may fit without the others."""
        with self._all_turns():
            before = min(self.most, failed)  # another stream may have halved it in between
            vectors = None
            while vectors is None:
                self.most = min(self.most, max(failed // 2, 1))
                vectors = self._try(batch)
                if vectors is None and self.most == 1:
                    raise DataError(self._too_large(batch))
                failed = self.most
            if self.most < before:
                log.warning(
                    "the device's memory is too small for %d images at a time; continuing with %d",
                    before,
                    self.most,
                )
            return vectors

    @contextmanager
    def _all_turns(self) -> Iterator[None]:
        """Wait until no stream computes, and let none begin within the block."""
        with self._alone:
            for _ in range(self._streams):
                self._turns.acquire()
            try:
                yield
            finally:
                self._turns.release(self._streams)

    def _too_large(self, batch: torch.Tensor) -> str:
        height, width = batch.shape[-2:]
        remedies = "a smaller --size or smaller --scales"
        if self._device.type != "cpu":
            remedies = "a smaller --size, smaller --scales or --device cpu"
        return (
            f"the device's memory is too small for one image of {width} x {height} pixels; "
            f"use {remedies}"
        )
