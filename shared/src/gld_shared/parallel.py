"""One function over many files, in threads, the results in order.

Threads are enough for images: reading, hashing, decoding and encoding release Python's lock.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")

# Handing a task to a thread costs about as much as the smallest image, so several go together.
_CHUNK = 8
_CHUNKS_AHEAD = 4


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """``function(item)`` for each item, in the items' order, by so many threads.

    With 0 workers the caller's own thread does it. An exception of ``function`` is raised here in
    its turn, and what has not begun is dropped; whoever may leave off early closes the generator,
    which waits for what has. Memory: the results of 32 items for each worker.
    """
    if workers == 0:
        yield from map(function, items)
        return
    # The caller's own number of threads is settled first: the workers' is set to 1, each its own.
    torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "image", initializer=torch.set_num_threads, initargs=(1,))
    waiting: deque[Future[list[Result]]] = deque()
    try:
        for chunk in _chunks(items):
            waiting.append(pool.submit(_apply, function, chunk))
            if len(waiting) > _CHUNKS_AHEAD * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _apply(function: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    return [function(item) for item in chunk]
