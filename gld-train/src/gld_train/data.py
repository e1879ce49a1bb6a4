"""Training images: from samples to batches, the same for any number of workers."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from gld_shared.errors import DataError
from gld_shared.images import load
from torch.utils.data import DataLoader, Dataset

from gld_train.augment import NO_BOX, Augmentation, Box, generator_for
from gld_train.samplers import Batches, Draw
from gld_train.samples import Samples


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
