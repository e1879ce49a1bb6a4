"""The fastest BLAS kernel for this CPU, chosen before faiss is imported.

The wheel of faiss bundles OpenBLAS 0.3.15, which takes CPUs newer than itself for old ones: exact
search is four times slower then. OpenBLAS reads OPENBLAS_CORETYPE once, when it is loaded.
"""

import os
from pathlib import Path
from types import ModuleType

from gld_shared.cpu import CPU_INFO, cpu_flags

VARIABLE = "OPENBLAS_CORETYPE"
# What OpenBLAS's SkylakeX kernels are compiled for.
_SKYLAKEX = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def choose_kernel(cpu_info: Path = CPU_INFO) -> str | None:
    """Set OPENBLAS_CORETYPE from the CPU's flags, unless the user has; return its value."""
    if VARIABLE not in os.environ and cpu_flags(cpu_info) >= _SKYLAKEX:
        os.environ[VARIABLE] = "SkylakeX"
    return os.environ.get(VARIABLE)


def import_faiss() -> ModuleType:
    """Import faiss with the kernel chosen; the only way that gld imports it."""
    choose_kernel()
    import faiss

    module: ModuleType = faiss
    return module
