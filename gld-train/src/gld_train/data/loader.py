"""Training images: from samples to batches, the same for any number of workers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from gld_shared.errors import DataError
from gld_shared.images.preprocess import load
from torch.utils.data import DataLoader, Dataset

from gld_train.data.augment import NO_BOX, Augmentation, Box, generator_for
from gld_train.data.samples import Samples
from gld_train.data.unreadable import Unreadable, UnreadableImages, next_of_landmark
from gld_train.samplers import Batches, Draw


@dataclass(frozen=True)
class Batch:
    """Pixels uint8 (b, 3, size, size), labels int64 (b,), and each image's box to erase.

    ``unreadable`` are images that others stand in for here.
    """

    pixels: torch.Tensor
    labels: torch.Tensor
    boxes: list[Box]
    epoch: int
    unreadable: list[Unreadable]

    def parts(self, count: int) -> "list[Batch]":
        """So many parts, as equal as can be; fewer where there are fewer images."""
        n = len(self.labels)
        edges = [n * part // count for part in range(count + 1)]
        return [self._part(start, stop) for start, stop in pairwise(edges) if stop > start]

    def pin_memory(self) -> "Batch":
        """The same in memory that a GPU reads by itself; DataLoader asks for it by this name."""
        return replace(self, pixels=self.pixels.pin_memory(), labels=self.labels.pin_memory())

    def _part(self, start: int, stop: int) -> "Batch":
        rows = slice(start, stop)
        return Batch(self.pixels[rows], self.labels[rows], self.boxes[rows], self.epoch, [])


class Loaded(NamedTuple):
    """One image of a batch."""

    pixels: torch.Tensor
    label: int
    box: Box
    epoch: int
    unreadable: list[Unreadable]


class TrainingImages(Dataset[Loaded | DataError]):
    """Images by draw. An unreadable one is returned as its error, for the main process to raise:
    what a worker raises arrives wrapped in a traceback.
    """

    def __init__(
        self,
        samples: Samples,
        folder: Path,
        size: int,
        seed: int,
        augmentation: Augmentation | None,
        replace: bool = False,
    ) -> None:
        """Without an augmentation the images come as they are.

        With ``replace`` the next readable image of its landmark, in the list's order, stands in
        for an unreadable one: which one depends on the files alone.
        """
        self.samples = samples
        self.folder = folder
        self.size = size
        self.seed = seed
        self.augmentation = augmentation
        self.following = next_of_landmark(samples.labels) if replace else None

    def __getitem__(self, draw: Draw) -> Loaded | DataError:
        """Load and augment one image."""
        label = int(self.samples.labels[draw.row])
        try:
            pixels, unreadable = self._readable(draw.row)
        except DataError as error:
            return error
        if self.augmentation is None:
            return Loaded(pixels, label, NO_BOX, draw.epoch, unreadable)
        generator = generator_for(self.seed, draw.epoch, draw.position)
        augmented, box = self.augmentation(pixels, generator)
        return Loaded(augmented, label, box, draw.epoch, unreadable)

    def _readable(self, row: int) -> tuple[torch.Tensor, list[Unreadable]]:
        """The image of a row or the one that stands in for it, and those that were passed over."""
        if self.following is None:
            return load(self.folder / self._path(row), self.size), []
        passed: list[tuple[str, str]] = []
        candidate = row
        while True:
            path = self._path(candidate)
            try:
                pixels = load(self.folder / path, self.size)
            except DataError as error:
                reason = str(error).removeprefix(f"{self.folder / path}: ")
                passed.append((path, " ".join(reason.split())))
            else:
                return pixels, [Unreadable(*one, path) for one in passed]
            candidate = int(self.following[candidate])
            if candidate == row:
                raise DataError(
                    f"{self.folder / passed[0][0]}: {passed[0][1]}; nor can any other image of its "
                    "landmark be read to replace it; mend it, or take the landmark off the list"
                )

    def _path(self, row: int) -> str:
        path: bytes = self.samples.paths[row]
        return path.decode()


def collate(samples: list[Loaded | DataError]) -> Batch | DataError:
    """Stack what was loaded, or pass on the first error."""
    loaded = []
    for sample in samples:
        if isinstance(sample, DataError):
            return sample
        loaded.append(sample)
    pixels, labels, boxes, epochs, unreadable = zip(*loaded, strict=True)
    return Batch(
        torch.stack(pixels),
        torch.tensor(labels),
        list(boxes),
        epochs[0],
        list(chain.from_iterable(unreadable)),
    )


def batches_of(
    images: TrainingImages,
    batches: Batches | list[list[Draw]],
    workers: int,
    unreadable: UnreadableImages | None = None,
    pinned: bool = False,
) -> Iterable[Batch]:
    """Load batch after batch, noting the unreadable images that others stand in for.

    ``pinned`` makes a GPU's copies run beside its work. ``batches`` are those of the whole run, so
    that its worker processes, of one thread each, start once. Raises DataError at an unreadable
    image that none stands in for, and when there are too many.
    """
    loader = DataLoader(
        images,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=collate,
        pin_memory=pinned,
    )
    for batch in loader:
        if isinstance(batch, DataError):
            raise batch
        if unreadable is not None:
            unreadable.add(batch.unreadable)
        yield batch


def in_order(n_samples: int, batch_size: int) -> list[list[Draw]]:
    """Every sample once, in the list's order."""
    starts = range(0, n_samples, batch_size)
    return [
        [Draw(0, row, row) for row in range(start, min(start + batch_size, n_samples))]
        for start in starts
    ]
