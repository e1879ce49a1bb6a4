"""Which number format the backbone computes in."""

from pathlib import Path

import torch

BF16, FP32 = "bf16", "fp32"
PRECISIONS = ("auto", BF16, FP32)
_CPU_FLAGS = {"avx512_bf16", "amx_bf16"}


def choose_precision(name: str, device: str) -> str:
    """``bf16`` or ``fp32``; ``auto`` is bf16 where the hardware multiplies it, else fp32."""
    if name != "auto":
        return name
    has_bf16 = torch.cuda.is_bf16_supported() if device.startswith("cuda") else cpu_has_bf16()
    return BF16 if has_bf16 else FP32


def cpu_has_bf16(description: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the CPU has AVX512-BF16 or AMX. Without them bf16 is emulated, slower than fp32.

    Told by Linux's description of the CPU; where there is none, the answer is no.
    """
    if not description.exists():
        return False
    lines = description.read_text().splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return bool(_CPU_FLAGS.intersection(flags.split()))
