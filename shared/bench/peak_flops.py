"""The CPU's peak rate of bfloat16 multiply-adds, or the closest available measure of it."""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import torch
from gld_shared.cpu_flags import cpu_flags

SIDE = 2048
_PER_STEP = 1024


def peak() -> tuple[Callable[[float, int], object], str]:
    """Return a function that runs a number of operations in some threads, and its description."""
    if shutil.which("gcc") and "avx512_bf16" in cpu_flags() and "amx_bf16" not in cpu_flags():
        return multiply_in_registers, "bf16 multiply-adds that stay in registers (C)"
    return (
        multiply_matrices,
        f"{SIDE} x {SIDE} bf16 matrix products, without gcc or AVX512-BF16",
    )


def multiply_in_registers(operations: float, threads: int) -> None:
    """Run a loop that uses registers only, in each thread."""
    multiply = _library().multiply_bf16
    steps = round(operations / threads / _PER_STEP)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(multiply, [ctypes.c_long(steps)] * threads))


@cache
def _library() -> ctypes.CDLL:
    target = Path(tempfile.mkdtemp(prefix="gld-bench-")) / "peak_flops.so"
    source = Path(__file__).with_name("peak_flops.c")
    options = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run(["gcc", *options, "-o", target, source], check=True)
    return ctypes.CDLL(target)


def multiply_matrices(operations: float, threads: int) -> None:
    """Multiply matrices by torch; the last, partial product has fewer rows."""
    torch.set_num_threads(threads)
    left = torch.randn(SIDE, SIDE).bfloat16()
    times = operations / (2 * SIDE**3)
    for _ in range(int(times)):
        left @ left
    rows = round(times % 1 * SIDE)
    if rows:
        left[:rows] @ left
