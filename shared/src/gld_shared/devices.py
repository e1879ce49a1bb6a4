"""Where to compute: the meaning of --device."""

import sys
from pathlib import Path

from gld_shared.errors import DataError

_EXPECTED = "expected auto, cpu, cuda or cuda:N"
# One of them is there wherever a driver is: NVIDIA's, in WSL, on Jetson, AMD's.
_DRIVERS = ("nvidiactl", "dxg", "nvhost-ctrl", "nvgpu", "kfd")


def choose_device(name: str) -> str:
    """``cpu``, ``cuda`` or ``cuda:N``; ``auto`` is a GPU where there is one.

    Raises DataError for another name, and for a GPU that is not there.
    """
    if name == "cpu" or (name == "auto" and not _driver_is_loaded()):
        return "cpu"
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DataError(f"--device {name}: {_EXPECTED}") from error
    if device.type not in {"cpu", "cuda"}:
        raise DataError(f"--device {name}: {_EXPECTED}")
    count = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= count:
        raise DataError(f"--device {name}: this machine has {count} CUDA devices; use cpu or auto")
    return name


def _driver_is_loaded(devices: Path = Path("/dev")) -> bool:
    """Whether there can be a GPU. Asked before torch, whose import takes longer than a search."""
    return sys.platform != "linux" or any((devices / name).exists() for name in _DRIVERS)
