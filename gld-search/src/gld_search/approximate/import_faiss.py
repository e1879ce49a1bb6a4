"""Importing faiss with the fastest settings for this CPU, and its errors as lines for users.

The wheel of faiss bundles OpenBLAS 0.3.15, which selects kernels for old CPUs on CPUs newer than
itself: training takes four times as long. It also bundles libgomp, whose threads wait in busy
loops: beside other processes, training takes fifty times as long. Both libraries read their
variables once, when they load.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gld_shared.cpu_flags import CPU_INFO, cpu_flags
from gld_shared.errors import DataError

VARIABLE = "OPENBLAS_CORETYPE"
_WAITING, _ASLEEP = "OMP_WAIT_POLICY", "PASSIVE"
# The instruction sets that OpenBLAS's SkylakeX kernels need.
_SKYLAKEX = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
_PLACE = re.compile(r"^Error in .*? at \S+:\d+: (?:Error: '(.*?)' failed(?:: )?)?", re.DOTALL)

FaissIndex = Any  # faiss has no types


def import_faiss() -> Any:
    """Choose the settings and import faiss. Raises DataError where it is not installed."""
    choose_kernel()
    os.environ.setdefault(_WAITING, _ASLEEP)
    try:
        import faiss
    except ImportError as error:
        raise DataError(
            f"approximate search: faiss cannot be imported ({error}); pip install faiss-cpu, or "
            "the extra approximate, as in gld-search[approximate]"
        ) from error
    return faiss


def choose_kernel(cpu_info: Path = CPU_INFO) -> str | None:
    """Set OPENBLAS_CORETYPE from the CPU's flags, unless the user has set it; return its value."""
    if VARIABLE not in os.environ and cpu_flags(cpu_info) >= _SKYLAKEX:
        os.environ[VARIABLE] = "SkylakeX"
    return os.environ.get(VARIABLE)


@contextmanager
def faiss_errors(place: str, remedy: str) -> Iterator[None]:
    """Raise DataError with faiss's reason, between a place and a remedy, for its errors."""
    try:
        yield
    except RuntimeError as error:
        raise DataError(f"{place}: {_reason(str(error))}; {remedy}") from error


def _reason(message: str) -> str:
    """Return faiss's message without its place in faiss's sources."""
    match = _PLACE.match(message)
    text = message[match.end() :].strip() if match else message
    return text or (f"faiss requires {match[1]}" if match and match[1] else message)
