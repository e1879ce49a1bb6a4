"""The fastest BLAS kernel for this CPU, chosen before faiss is imported.

The wheel of faiss bundles OpenBLAS 0.3.15, which takes CPUs newer than itself for old ones: exact
search is four times slower then. OpenBLAS reads OPENBLAS_CORETYPE once, when it is loaded.
"""

import os
import sys
from pathlib import Path
from types import ModuleType

VARIABLE = "OPENBLAS_CORETYPE"
_CPU_INFO = Path("/proc/cpuinfo")
# What OpenBLAS's SkylakeX kernels are compiled for.
_SKYLAKEX = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def choose_kernel(cpu_info: Path = _CPU_INFO) -> str | None:
    """Set OPENBLAS_CORETYPE from the CPU's flags, unless the user has; return its value."""
    if VARIABLE not in os.environ and cpu_flags(cpu_info) >= _SKYLAKEX:
        os.environ[VARIABLE] = "SkylakeX"
    return os.environ.get(VARIABLE)


def cpu_flags(cpu_info: Path = _CPU_INFO) -> set[str]:
    """The instruction sets that Linux reports; empty on other systems."""
    if not sys.platform.startswith("linux") or not cpu_info.exists():
        return set()
    for line in cpu_info.read_text().splitlines():
        name, _, values = line.partition(":")
        if name.strip() == "flags":
            return set(values.split())
    return set()


def import_faiss() -> ModuleType:
    """Import faiss with the kernel chosen; the only way that gld imports it."""
    choose_kernel()
    import faiss

    module: ModuleType = faiss
    return module
