"""The most that the CPU multiplies and adds in bfloat16, or the nearest to it that can be had."""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import torch
from gld_shared.cpu import cpu_flags

SIDE = 2048
_PER_STEP = 1024


def peak() -> tuple[Callable[[float, int], object], str]:
    """A function of a number of operations and of threads, which does them, and what it does."""
    if shutil.which("gcc") and "avx512_bf16" in cpu_flags() and "amx_bf16" not in cpu_flags():
        return multiply_in_registers, "bf16 multiply-adds that stay in registers (C)"
    return (
        multiply_matrices,
        f"{SIDE} x {SIDE} bf16 matrix products, for want of gcc or AVX512-BF16",
    )


def multiply_in_registers(operations: float, threads: int) -> None:
    """A loop without memory, one in each thread."""
    multiply = _library().multiply_bf16
    steps = round(operations / threads / _PER_STEP)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(multiply, [ctypes.c_long(steps)] * threads))


@cache
def _library() -> ctypes.CDLL:
    target = Path(tempfile.mkdtemp(prefix="gld-bench-")) / "peak.so"
    source = Path(__file__).with_name("peak.c")
    options = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run(["gcc", *options, "-o", target, source], check=True)
    return ctypes.CDLL(target)


def multiply_matrices(operations: float, threads: int) -> None:
    """Products by torch; the last, partial one has fewer rows."""
    torch.set_num_threads(threads)
    left = torch.randn(SIDE, SIDE).bfloat16()
    times = operations / (2 * SIDE**3)
    for _ in range(int(times)):
        left @ left
    rows = round(times % 1 * SIDE)
    if rows:
        left[:rows] @ left
