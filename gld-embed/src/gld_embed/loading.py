"""Decoding images in threads, ahead of the network.

Threads are enough: reading, decoding and resizing all release Python's lock.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gld_shared.errors import DataError
from gld_shared.images import load

_BATCHES_AHEAD = 3
Loaded = torch.Tensor | DataError


@dataclass(frozen=True)
class Batch:
    """Pixels uint8 ``(b, 3, size, size)`` of ``rows``, and why some could not be read.

    An unreadable image is black, so that the others' batch is the same with and without it.
    """

    rows: range
    pixels: torch.Tensor
    unreadable: dict[int, DataError]


def load_batches(
    paths: Sequence[Path], batches: Sequence[range], size: int, workers: int
) -> Iterator[Batch]:
    """The batches in their order, the rows in each counting in ``paths``.

    ``workers`` threads decode up to three batches ahead; with 0 the caller's own does it. The
    same bytes for any number of them. Memory: the pixels of four batches.
    """
    if workers == 0:
        for rows in batches:
            yield _collate(rows, [_load(paths[row], size) for row in rows], size)
        return
    # The caller's own number of threads is settled first: the workers' is set to 1, each its own.
    torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "decode", initializer=torch.set_num_threads, initargs=(1,))
    waiting: deque[tuple[range, list[Future[Loaded]]]] = deque()
    try:
        for rows in batches:
            waiting.append((rows, [pool.submit(_load, paths[row], size) for row in rows]))
            if len(waiting) > _BATCHES_AHEAD:
                yield _gather(waiting, size)
        while waiting:
            yield _gather(waiting, size)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _gather(waiting: deque[tuple[range, list[Future[Loaded]]]], size: int) -> Batch:
    rows, futures = waiting.popleft()
    return _collate(rows, [future.result() for future in futures], size)


def _load(path: Path, size: int) -> Loaded:
    try:
        return load(path, size)
    except DataError as error:
        return error


def _collate(rows: range, images: Sequence[Loaded], size: int) -> Batch:
    # Copied by numpy: torch would start all its threads for each image, whose waiting for one
    # another costs several times the decoding where the cores are busy.
    pixels = np.zeros((len(rows), 3, size, size), np.uint8)
    unreadable = {}
    for position, (row, image) in enumerate(zip(rows, images, strict=True)):
        if isinstance(image, DataError):
            unreadable[row] = image
        else:
            pixels[position] = image.numpy()
    return Batch(rows, torch.from_numpy(pixels), unreadable)
