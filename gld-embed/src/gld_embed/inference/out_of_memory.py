"""Smaller batches when the device runs out of memory."""

import logging
import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.errors import DataError

log = logging.getLogger(__name__)
Vectors = npt.NDArray[np.float32]


class Halving:
    """A function of a batch, called with smaller and smaller halves while memory runs out.

    The size that succeeds is kept for later batches, with a warning.
    """

    def __init__(self, function: Callable[[torch.Tensor], Vectors]) -> None:
        """``function`` maps ``(b, ...)`` to ``(b, d)``, each row independently."""
        self.most = sys.maxsize
        self._function = function

    def __call__(self, batch: torch.Tensor) -> Vectors:
        """Compute the whole batch. Raises DataError if one row is too large."""
        before = min(self.most, len(batch))
        parts: list[Vectors] = []
        done = 0
        while done < len(batch):
            part = self._try(batch[done : done + self.most])
            if part is not None:
                parts.append(part)
                done += len(part)
        if self.most < before:
            log.warning(
                "the device's memory is too small for %d images at a time; continuing with %d",
                before,
                self.most,
            )
        return np.concatenate(parts)

    def _try(self, batch: torch.Tensor) -> Vectors | None:
        """Compute a batch; when memory runs out, halve ``most`` and return None."""
        try:
            return self._function(batch)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                height, width = batch.shape[-2:]
                raise DataError(
                    f"the device's memory is too small for one image of {width} x {height} pixels; "
                    "take a smaller --size, smaller --scales or --device cpu"
                ) from error
            self.most = len(batch) // 2
        # Outside the handler, the traceback no longer keeps the batch's memory alive.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None
