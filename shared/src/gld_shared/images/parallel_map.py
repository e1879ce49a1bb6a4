"""Threads that apply a function to many images, with the results in order.

Threads suffice for images: reading, hashing, decoding and encoding release the GIL.
"""

import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Handing a task to a thread costs about as much as the smallest image, so a task holds several.
_CHUNK = 8
_CHUNKS_AHEAD = 4
_WAIT_SECONDS = 1.0


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """Yield ``function(item)`` for each item, in order, computed by ``workers`` new threads.

    The threads end with the generator, however it ends. See ``ImageThreads.map_in_order``.
    """
    with closing(ImageThreads(workers)) as threads:
        yield from threads.map_in_order(function, items)


class ImageThreads:
    """Threads for images; with 0 workers the caller's thread does the work."""

    def __init__(
        self, workers: int, chunk: int = _CHUNK, chunks_ahead: int = _CHUNKS_AHEAD
    ) -> None:
        """Start no thread before there is work. A thread takes ``chunk`` items at a time."""
        self._workers = workers
        self._chunk = chunk
        self._chunks_ahead = chunks_ahead
        self._pool: ThreadPoolExecutor | None = None
        if workers > 0:
            self._pool = ThreadPoolExecutor(workers, "image", initializer=_use_one_core)
            # Fix the caller's number of torch threads first: the new threads set theirs to 1.
            if torch := sys.modules.get("torch"):
                torch.get_num_threads()

    def map_in_order(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Yield ``function(item)`` for each item, in order.

        An exception of ``function`` is raised here when its item's turn comes. Memory: the items or
        results of ``chunks_ahead`` chunks for each thread.
        """
        if self._pool is None:
            yield from map(function, items)
        else:
            yield from self.map_chunks_in_order(partial(_apply, function), items)

    def map_chunks_in_order(
        self, function: Callable[[list[Item]], list[Result]], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Yield the results for each item, in order, of a function of a list of items.

        The same as ``map_in_order`` otherwise.
        """
        if self._pool is None:
            for chunk in _chunks(items, self._chunk):
                yield from function(chunk)
            return
        waiting: deque[Future[list[Result]]] = deque()
        for chunk in _chunks(items, self._chunk):
            waiting.append(self._pool.submit(function, chunk))
            if len(waiting) > self._chunks_ahead * self._workers:
                yield from _awaited(waiting.popleft())
        while waiting:
            yield from _awaited(waiting.popleft())

    def close(self) -> None:
        """Cancel the tasks that have not begun, and wait for those that have."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


def _use_one_core() -> None:
    """Set this thread's number of torch threads to 1, if torch is used."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _awaited(future: Future[Result]) -> Result:
    # Python may miss Ctrl-C just before a wait begins, so no wait is long.
    while not wait([future], timeout=_WAIT_SECONDS).done:
        pass
    return future.result()


def _apply(function: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    return [function(item) for item in chunk]
