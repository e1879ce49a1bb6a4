"""Load training images in batches, the same ones for any number of workers."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from multiprocessing import get_context

import torch
from gld_shared.errors import DataError
from gld_shared.images.memory import PixelMemory, pixel_megabytes, share_pixel_memory
from gld_shared.work.child_processes import no_semaphores_as_error
from torch.utils.data import DataLoader, get_worker_info

from gld_train.data.anonymous_memory import StackedPixels
from gld_train.data.batch import Batch, SentBatch
from gld_train.data.labelled_rows import Draw
from gld_train.data.training_images import Loaded, TrainingImages
from gld_train.data.unreadable import UnreadableImages
from gld_train.data.worker_processes import cannot_be_held, set_up_worker

_WITHOUT_WORKERS = "load images without worker processes (-j 0)"


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
    try:
        for batch in loaded:
            if isinstance(batch, DataError):
                raise batch
            if unreadable is not None and batch.unreadable:
                unreadable.add(batch.unreadable)
            yield batch
    finally:
        # An error's traceback holds this frame. The garbage collector would end the queues before
        # the loader, which would then wait 5 s for each worker process.
        del loaded


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
