"""Keeping freed memory for the next batch."""

import ctypes
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # glibc's malloc.h
_LARGEST = 2**31 - 1


def keep_freed_memory() -> None:
    """Make this process's allocator keep freed memory, and torch use huge pages.

    glibc returns every large block to the system, which clears it again page by page: a sixth of
    the time of a ResNet-50's batches. Keeping blocks raises the peak from 1.9 to 2.0 GB. All
    threads share one arena, because the arenas of other threads return blocks above 64 MB all the
    same. Other allocators are left alone. torch reads its variable once, at its first large block.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST)
        mallopt(_TRIM_THRESHOLD, _LARGEST)
        mallopt(_ARENA_MAX, 1)
