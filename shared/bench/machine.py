"""The machine that a benchmark runs on."""

import os
import platform

# Some machines export another CPU's kernel; unset it, to measure what users get.
EXPORTED = os.environ.pop("OPENBLAS_CORETYPE", None)
# Commands keep their bytecode between runs, as where they are installed.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from gld_shared.cpu_flags import CPU_INFO, cpu_flags  # noqa: E402

# The widest arithmetic for products, widest first.
_ARITHMETIC = {"amx_bf16": "AMX", "avx512_bf16": "AVX512-BF16", "avx512f": "AVX512", "avx2": "AVX2"}


def kind(on_gpu: bool = False) -> str:
    """Name the GPU, the CPU, its widest arithmetic, and the number of cores."""
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if "model name" in line]
    cpu = names[0] if names else platform.processor()
    flags = cpu_flags()
    widest = [name for flag, name in _ARITHMETIC.items() if flag in flags][:1]
    cores = len(os.sched_getaffinity(0))
    gpu = f"{_gpu_name()}, " if on_gpu else ""
    return f"{gpu}{' with '.join([cpu, *widest])}, {cores} cores"


def now() -> str:
    """Describe what else decides the times."""
    exported = "unset" if EXPORTED is None else f"unset (was {EXPORTED})"
    return f"load {os.getloadavg()[0]:.1f}; OPENBLAS_CORETYPE {exported}"


def distortion() -> str | None:
    """Say how little ratios mean while other programs use the cores, or None if they do not."""
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    if load <= cores / 2:
        return None
    return (
        f"other programs had a load of {load:.1f} on {cores} cores at the beginning, which "
        "distorts the ratios: check again on an idle machine"
    )


def _gpu_name() -> str:
    import torch

    return torch.cuda.get_device_name()


def _cpu_lines() -> list[str]:
    return CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []
