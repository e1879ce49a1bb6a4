"""One thread for each product of numpy, where the callers are threads already."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

# Searches that run now in this process, and what restores the number of threads after the last.
_lock = threading.Lock()
_searches = 0
_limit: Any = None


@contextmanager
def single_blas_thread() -> Iterator[None]:
    """Let BLAS compute in the calling thread until the end of the block, in this whole process.

    Threads of BLAS that wait for each other between small products would occupy whole cores.
    """
    global _searches, _limit
    with _lock:
        _searches += 1
        if _searches == 1:
            _limit = _blas().limit(limits=1)
    try:
        yield
    finally:
        with _lock:
            _searches -= 1
            if not _searches:
                _limit.restore_original_limits()


@cache
def _blas() -> Any:
    """Return numpy's BLAS, whose name it takes milliseconds to find."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
