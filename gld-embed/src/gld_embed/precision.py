"""Which number format the backbone computes in, and on which device."""

from pathlib import Path

import torch
from gld_shared.errors import DataError

BF16, FP32 = "bf16", "fp32"
PRECISIONS = ("auto", BF16, FP32)
_CPU_FLAGS = {"avx512_bf16", "amx_bf16"}


def choose_device(name: str) -> torch.device:
    """The device of ``auto``, ``cpu``, ``cuda`` or ``cuda:N``. Raises DataError if it is not there.

    ``auto`` is the first GPU, or the CPU where there is none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DataError(f"device {name!r}: expected auto, cpu, cuda or cuda:N") from error
    if device.type not in {"cpu", "cuda"}:
        raise DataError(f"device {name!r}: expected auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DataError(
            f"device {name!r}: {torch.cuda.device_count()} GPUs are here; use --device cpu"
        )
    return device


def choose_precision(name: str, device: torch.device) -> str:
    """``bf16`` or ``fp32``; ``auto`` is bf16 where the hardware multiplies it, else fp32."""
    if name != "auto":
        return name
    has_bf16 = torch.cuda.is_bf16_supported() if device.type == "cuda" else cpu_has_bf16()
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
