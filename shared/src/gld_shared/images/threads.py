"""One function over many files, in threads, the results in order.

Threads are enough for images: reading, hashing, decoding and encoding release Python's lock.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import islice
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")

# Handing a task to a thread costs about as much as the smallest image, so several go together.
_CHUNK = 8
_CHUNKS_AHEAD = 4
_WAIT_SECONDS = 1.0


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """``function(item)`` for each item, in the items' order, by so many threads of its own.

    The threads end with the generator, however that ends. See ``ImageThreads.map_in_order``.
    """
    with closing(ImageThreads(workers)) as threads:
        yield from threads.map_in_order(function, items)


class ImageThreads:
    """So many threads for images; with none the caller's own thread does the work."""

    def __init__(self, workers: int) -> None:
        """Begin no thread before there is work."""
        self._workers = workers
        self._pool: ThreadPoolExecutor | None = None
        if workers > 0:
            # The caller's own number of threads is settled first: each of these sets its to 1.
            torch.get_num_threads()
            self._pool = ThreadPoolExecutor(
                workers, "image", initializer=torch.set_num_threads, initargs=(1,)
            )

    def map_in_order(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """``function(item)`` for each item, in the items' order.

        An exception of ``function`` is raised here in its turn. Memory: the results of 32 items for
        each thread.
        """
        if self._pool is None:
            yield from map(function, items)
            return
        waiting: deque[Future[list[Result]]] = deque()
        for chunk in _chunks(items):
            waiting.append(self._pool.submit(_apply, function, chunk))
            if len(waiting) > _CHUNKS_AHEAD * self._workers:
                yield from _awaited(waiting.popleft())
        while waiting:
            yield from _awaited(waiting.popleft())

    def close(self) -> None:
        """Drop what has not begun, and wait for what has."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _awaited(future: Future[Result]) -> Result:
    # Ctrl-C may be missed by a wait that is just about to begin when it comes: so none is long.
    while not wait([future], timeout=_WAIT_SECONDS).done:
        pass
    return future.result()


def _apply(function: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    return [function(item) for item in chunk]
