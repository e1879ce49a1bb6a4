"""The memory of decoded pixels: one limit for all threads or worker processes together."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gld_shared.images.errors import AbsurdImageError

DEFAULT_MEGABYTES = 1200
_MEGABYTE = 10**6


class PixelMemory:
    """Megabytes of decoded pixels, shared by threads; by processes with ``multiprocessing``.

    While an image is decoded, libraries need up to 2.5 times as much.
    """

    def __init__(self, megabytes: int, context: Any = threading) -> None:
        """Take the module or the context whose locks are shared: of threads, or of processes."""
        self.megabytes = megabytes
        self._free = context.Semaphore(megabytes)
        self._turn = context.Lock()

    def take(self, megabytes: int) -> None:
        """Wait until so many are free. Those who wait are served in turn, large or small."""
        taken = 0
        try:
            with self._turn:
                while taken < megabytes:
                    self._free.acquire()
                    taken += 1
        except BaseException:
            self.give_back(taken)
            raise

    def give_back(self, megabytes: int) -> None:
        """Free so many."""
        for _ in range(megabytes):
            self._free.release()


class _Held(threading.local):
    """The megabytes that this thread holds; None outside of ``holding_pixels``."""

    megabytes: int | None = None


_memory = PixelMemory(DEFAULT_MEGABYTES)
_held = _Held()
_elsewhere: Callable[[int], None] | None = None


def pixel_megabytes() -> int:
    """Return the size of the memory that this process decodes within."""
    return _memory.megabytes


def share_pixel_memory(memory: PixelMemory) -> None:
    """Decode within ``memory`` from now on, in this process."""
    global _memory
    _memory = memory


def reserve_elsewhere(reserve: Callable[[int], None]) -> None:
    """Let ``reserve`` take the bytes: that of the process for which this process decodes."""
    global _elsewhere
    _elsewhere = reserve


@contextmanager
def holding_pixels() -> Iterator[None]:
    """Keep what ``reserve`` takes until the end of the block, or of the block around it."""
    if _held.megabytes is not None:
        yield
        return
    memory = _memory
    _held.megabytes = 0
    try:
        yield
    finally:
        memory.give_back(_held.megabytes)
        _held.megabytes = None


def reserve(size: int) -> None:
    """Wait until ``size`` bytes of pixels may be decoded, together with those of other threads.

    Raises AbsurdImageError if they never may. The bytes replace those reserved before in the block
    of ``holding_pixels``, since an image is decoded again only where a decoder failed.
    """
    if _elsewhere is not None:
        _elsewhere(size)
        return
    refuse_beyond_memory(size)
    wanted = -(-size // _MEGABYTE)
    if _held.megabytes is None or _held.megabytes >= wanted:
        return
    before, _held.megabytes = _held.megabytes, 0
    _memory.give_back(before)
    _memory.take(wanted)
    _held.megabytes = wanted


def refuse_beyond_memory(size: int) -> None:
    """Raise AbsurdImageError for more bytes of pixels than the whole memory for them."""
    if size > _memory.megabytes * _MEGABYTE:
        raise AbsurdImageError(
            f"{-(-size // _MEGABYTE)} MB of pixels, expected at most {_memory.megabytes} MB; make "
            "it smaller, or raise --image-memory"
        )


def _hold_nothing() -> None:
    _held.megabytes = None


# A forked process does not hold what the thread that forked it does.
os.register_at_fork(after_in_child=_hold_nothing)
