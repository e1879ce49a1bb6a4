"""Training images: from rows of a list to batches, the same for any number of workers."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch
from gld_shared.errors import DataError
from gld_shared.images import load
from gld_shared.tables import Table
from torch.utils.data import DataLoader, Dataset

from gld_train.augment import NO_BOX, Augmentation, Box, generator_for
from gld_train.samplers import Batches, Draw


@dataclass(frozen=True)
class Samples:
    """Paths and labels of the labelled rows of a list; an image with two labels stands twice.

    Paths are one block of bytes: worker processes share its memory, which they would not with
    millions of Python strings.
    """

    paths: np.ndarray[tuple[int], np.dtype[np.bytes_]]
    labels: np.ndarray[tuple[int], np.dtype[np.int64]]

    @property
    def classes(self) -> int:
        """One more than the largest label."""
        return int(self.labels.max()) + 1

    def __len__(self) -> int:
        """How many there are."""
        return len(self.labels)


def labelled(table: Table, keep_labels: bool = False) -> Samples:
    """The rows that have a label, their labels counted 0..n-1 in the order of the list's own.

    ``keep_labels`` leaves gaps as they are: where class vectors come from an earlier run, row i
    is landmark i. Raises DataError when no row has a label.
    """
    if "label" not in table.rows.columns:
        raise DataError(
            f"{table.source}: no column label; training needs it (gld-lists folder --labels)"
        )
    rows = table.rows.filter(pl.col("label").is_not_null())
    if rows.is_empty():
        raise DataError(f"{table.source}: no row has a label, expected at least two")
    paths = np.array([path.encode() for path in rows["path"]], dtype=np.bytes_)
    labels = rows["label"].to_numpy().astype(np.int64)
    if not keep_labels:
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return Samples(paths, labels)


@dataclass(frozen=True)
class Batch:
    """Pixels uint8 (b, 3, size, size), labels int64 (b,), and each image's box to erase."""

    pixels: torch.Tensor
    labels: torch.Tensor
    boxes: list[Box]
    epoch: int


Loaded = tuple[torch.Tensor, int, Box, int]


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
    ) -> None:
        """Without an augmentation the images come as they are."""
        self.samples = samples
        self.folder = folder
        self.size = size
        self.seed = seed
        self.augmentation = augmentation

    def __getitem__(self, draw: Draw) -> Loaded | DataError:
        """Load and augment one image."""
        path = self.folder / self.samples.paths[draw.row].decode()
        label = int(self.samples.labels[draw.row])
        try:
            pixels = load(path, self.size)
        except DataError as error:
            return error
        if self.augmentation is None:
            return pixels, label, NO_BOX, draw.epoch
        generator = generator_for(self.seed, draw.epoch, draw.position)
        augmented, box = self.augmentation(pixels, generator)
        return augmented, label, box, draw.epoch


def collate(samples: list[Loaded | DataError]) -> Batch | DataError:
    """Stack what was loaded, or pass on the first error."""
    loaded = []
    for sample in samples:
        if isinstance(sample, DataError):
            return sample
        loaded.append(sample)
    pixels, labels, boxes, epochs = zip(*loaded, strict=True)
    return Batch(torch.stack(pixels), torch.tensor(labels), list(boxes), epochs[0])


def batches_of(
    images: TrainingImages, batches: Batches | list[list[Draw]], workers: int
) -> Iterable[Batch]:
    """Load batch after batch; raises DataError at the first unreadable image."""
    loader = DataLoader(
        images,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=collate,
    )
    for batch in loader:
        if isinstance(batch, DataError):
            raise batch
        yield batch


def in_order(n_samples: int, batch_size: int) -> list[list[Draw]]:
    """Every sample once, in the list's order."""
    starts = range(0, n_samples, batch_size)
    return [
        [Draw(0, row, row) for row in range(start, min(start + batch_size, n_samples))]
        for start in starts
    ]
