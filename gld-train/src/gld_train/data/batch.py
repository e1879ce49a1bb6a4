"""Batches of training images, also on their way from a worker process."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import torch

from gld_train.data.anonymous_memory import StackedPixels
from gld_train.data.random_erasing import Box
from gld_train.data.unreadable import Unreadable


@dataclass(frozen=True)
class Batch:
    """Pixels uint8 (b, 3, size, size), labels int64 (b,), and the box to erase from each image.

    ``unreadable`` are the images that were replaced by others in this batch.
    """

    pixels: torch.Tensor
    labels: torch.Tensor
    boxes: list[Box]
    epoch: int
    unreadable: list[Unreadable]

    def parts(self, count: int) -> "list[Batch]":
        """Split into ``count`` parts, as equal as possible; fewer where there are fewer images."""
        n = len(self.labels)
        edges = [n * part // count for part in range(count + 1)]
        return [self._part(start, stop) for start, stop in pairwise(edges) if stop > start]

    def pin_memory(self) -> "Batch":
        """Copy to page-locked memory; the DataLoader calls this method by its name."""
        return replace(self, pixels=self.pixels.pin_memory(), labels=self.labels.pin_memory())

    def _part(self, start: int, stop: int) -> "Batch":
        rows = slice(start, stop)
        return Batch(self.pixels[rows], self.labels[rows], self.boxes[rows], self.epoch, [])


@dataclass(frozen=True)
class SentBatch:
    """A batch in a worker process; received by the main process, it is a ``Batch``.

    Plain values: torch would send tensors through /dev/shm.
    """

    pixels: StackedPixels
    labels: list[int]
    boxes: list[Box]
    epoch: int
    unreadable: list[Unreadable]

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the parts of a batch."""
        return _received, (self.pixels, self.labels, self.boxes, self.epoch, self.unreadable)


def _received(pixels: torch.Tensor, labels: list[int], *others: Any) -> Batch:
    return Batch(pixels, torch.tensor(labels), *others)
