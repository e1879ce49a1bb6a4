"""The fastest BLAS kernel for this CPU, chosen before faiss is imported.

The wheel of faiss bundles OpenBLAS 0.3.15, which selects kernels for old CPUs on CPUs newer than
itself: exact search takes four times as long. OpenBLAS reads OPENBLAS_CORETYPE once, when it loads.
"""

import os
from pathlib import Path
from types import ModuleType

from gld_shared.cpu_flags import CPU_INFO, cpu_flags

VARIABLE = "OPENBLAS_CORETYPE"
# The instruction sets that OpenBLAS's SkylakeX kernels need.
_SKYLAKEX = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def choose_kernel(cpu_info: Path = CPU_INFO) -> str | None:
    """Set OPENBLAS_CORETYPE from the CPU's flags, unless the user has set it; return its value."""
    if VARIABLE not in os.environ and cpu_flags(cpu_info) >= _SKYLAKEX:
        os.environ[VARIABLE] = "SkylakeX"
    return os.environ.get(VARIABLE)


def import_faiss() -> ModuleType:
    """Choose the kernel and import faiss; gld imports it nowhere else."""
    choose_kernel()
    import faiss

    module: ModuleType = faiss
    return module
