"""Work done by threads, in order, and the number of threads to use."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from gld_shared import torch_library

Item = TypeVar("Item")
Result = TypeVar("Result")
_MOST = 8
# Searches that run now in this process, and the number of torch's threads before the first.
_lock = threading.Lock()
_of_thread = threading.local()
_searches = 0
_torch_threads = 1


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """Yield ``function(item)`` for each item, in order; threads are ahead of the caller.

    The threads share the cores: torch computes with as many in each as there are for it. Memory:
    the results of one more item than there are threads.
    """
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads, "search", _share_cores, (threads,))
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        if torch_library.is_loaded():
            # A new thread starts with the number that any thread set last.
            torch_library.set_threads(torch_library.threads())


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch, if it is loaded, compute in the calling thread alone until the end of the block.

    Its other threads would occupy a core while they wait for more work, besides those that search.
    """
    if not torch_library.is_loaded() or getattr(_of_thread, "searches", False):
        yield
        return
    global _searches, _torch_threads
    with _lock:
        _searches += 1
        if _searches == 1:
            _torch_threads = torch_library.threads()
        torch_library.set_threads(1)
    _of_thread.searches = True
    try:
        yield
    finally:
        _of_thread.searches = False
        with _lock:
            _searches -= 1
            torch_library.set_threads(_torch_threads)


def cores() -> int:
    """Return the number of threads to use: the cores that this process may use, but at most 8.

    Each thread holds blocks of its own. A process of several that share the cores has a part of
    them, which OMP_NUM_THREADS names.
    """
    return min(_cores(), _MOST)


def _cores() -> int:
    share = os.environ.get("OMP_NUM_THREADS", "")
    cores = _cores_of_machine()
    return min(cores, int(share)) or 1 if share.isdecimal() else cores


def _cores_of_machine() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _share_cores(threads: int) -> None:
    """Set this thread's number of torch threads, if torch is used."""
    if torch_library.is_loaded():
        torch_library.set_threads(max(1, _cores() // threads))
