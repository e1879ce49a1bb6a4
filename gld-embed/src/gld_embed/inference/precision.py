"""The number format that the backbone computes in."""

from pathlib import Path

import torch
from gld_shared.cpu_flags import CPU_INFO, cpu_flags

AUTO, BF16, FP32 = PRECISIONS = ("auto", "bf16", "fp32")
_CPU_FLAGS = {"avx512_bf16", "amx_bf16"}


def choose_precision(name: str, device: str) -> str:
    """Return ``bf16`` or ``fp32``; ``auto`` is bf16 if the hardware supports it, else fp32."""
    if name != AUTO:
        return name
    has_bf16 = torch.cuda.is_bf16_supported() if device.startswith("cuda") else cpu_has_bf16()
    return BF16 if has_bf16 else FP32


def cpu_has_bf16(cpu_info: Path = CPU_INFO) -> bool:
    """Return whether the CPU has AVX512-BF16 or AMX; without them bf16 is slower than fp32."""
    return not _CPU_FLAGS.isdisjoint(cpu_flags(cpu_info))
