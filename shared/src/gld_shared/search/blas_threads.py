"""One thread for each product of numpy, where the callers are threads already."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from gld_shared.search.process_setting import ProcessSetting


def single_blas_thread() -> AbstractContextManager[None]:
    """Let BLAS compute in the calling thread until the end of the block, in this whole process.

    Threads of BLAS that wait for each other between small products would occupy whole cores.
    """
    return _single.changed()


def _limit() -> Callable[[], None]:
    restore: Callable[[], None] = _blas().limit(limits=1).restore_original_limits
    return restore


@cache
def _blas() -> Any:
    """Return numpy's BLAS, whose name it takes milliseconds to find."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


_single = ProcessSetting(_limit)
