"""Load training images in batches, the same ones for any number of workers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import torch
from gld_shared.errors import DataError
from gld_shared.images.memory import PixelMemory, pixel_megabytes, share_pixel_memory
from gld_shared.images.preprocess import load
from gld_shared.work.child_processes import no_semaphores_as_error
from torch.utils.data import DataLoader, Dataset, get_worker_info

from gld_train.data.anonymous_memory import StackedPixels
from gld_train.data.augment import Augmentation, generator_for
from gld_train.data.labelled_rows import Draw, Samples
from gld_train.data.random_erasing import NO_BOX, Box
from gld_train.data.unreadable import Unreadable, UnreadableImages, next_of_landmark
from gld_train.data.worker_processes import cannot_be_held, set_up_worker

_WITHOUT_WORKERS = "load images without worker processes (-j 0)"


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


class Loaded(NamedTuple):
    """One image of a batch, loaded and augmented."""

    pixels: torch.Tensor
    label: int
    box: Box
    epoch: int
    unreadable: list[Unreadable]


class TrainingImages(Dataset[Loaded | DataError]):
    """Training images, loaded by draw.

    For an unreadable image the error is returned, and raised by the main process: an error raised
    in a worker would arrive wrapped in a traceback.
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
        """Without an augmentation the images are only resized.

        With ``replace`` an unreadable image is replaced by the next readable one of its landmark,
        in the order of the list, so that the replacement depends on the files alone.
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
        """Load a row's image or its replacement; also return the unreadable images passed."""
        if self.following is None:
            return load(self.folder / self._path(row), self.size), []
        skipped: list[tuple[str, str]] = []
        candidate = row
        while True:
            path = self._path(candidate)
            try:
                pixels = load(self.folder / path, self.size)
            except DataError as error:
                reason = str(error).removeprefix(f"{self.folder / path}: ")
                skipped.append((path, " ".join(reason.split())))
            else:
                return pixels, [Unreadable(*image, path) for image in skipped]
            candidate = int(self.following[candidate])
            if candidate == row:
                raise DataError(
                    f"{self.folder / skipped[0][0]}: {skipped[0][1]}; nor can any other image of "
                    "its landmark be read to replace it; fix it, or remove the landmark from the "
                    "list"
                )

    def _path(self, row: int) -> str:
        path: bytes = self.samples.paths[row]
        return path.decode()


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


def collate(samples: list[Loaded | DataError]) -> Batch | SentBatch | DataError:
    """Stack the loaded images into a batch, or return the first error."""
    loaded = []
    for sample in samples:
        if isinstance(sample, DataError):
            return sample
        loaded.append(sample)
    pixels, labels, boxes, epochs, skipped = zip(*loaded, strict=True)
    unreadable = list(chain.from_iterable(skipped))
    if get_worker_info() is None:
        return Batch(torch.stack(pixels), torch.tensor(labels), list(boxes), epochs[0], unreadable)
    try:
        stacked = StackedPixels(pixels)
    except OSError as error:
        return cannot_be_held(error)
    return SentBatch(stacked, list(labels), list(boxes), epochs[0], unreadable)


def batches_of(
    images: TrainingImages,
    batches: Iterable[list[Draw]],
    workers: int,
    unreadable: UnreadableImages | None = None,
    pinned: bool = False,
) -> Iterable[Batch]:
    """Load batch after batch, and record the unreadable images that were replaced.

    ``pinned`` lets a GPU copy a batch while it computes. ``batches`` are those of the whole run, so
    that the worker processes, of one thread each, start only once. Raises DataError at an
    unreadable image without a replacement, and at too many unreadable images.
    """
    loader = DataLoader(
        images,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=collate,
        pin_memory=pinned,
        worker_init_fn=_start_of_worker() if workers else None,
    )
    with no_semaphores_as_error(_WITHOUT_WORKERS):
        if workers:
            # Fails here: a DataLoader that fails half-way reports a second error.
            get_context().Semaphore()
        loaded = iter(loader)
    for batch in loaded:
        if isinstance(batch, DataError):
            raise batch
        if unreadable is not None and batch.unreadable:
            unreadable.add(batch.unreadable)
        yield batch


def _start_of_worker() -> Callable[[int], None]:
    """Return what each worker process calls first; all share the memory of decoded pixels."""
    with no_semaphores_as_error(_WITHOUT_WORKERS):
        return partial(_begin_worker, PixelMemory(pixel_megabytes(), get_context()))


def _begin_worker(memory: PixelMemory, number: int) -> None:
    share_pixel_memory(memory)
    set_up_worker(number)


def in_order(n_samples: int, batch_size: int) -> list[list[Draw]]:
    """Make batches of every sample once, in the order of the list."""
    starts = range(0, n_samples, batch_size)
    return [
        [Draw(0, row, row) for row in range(start, min(start + batch_size, n_samples))]
        for start in starts
    ]
