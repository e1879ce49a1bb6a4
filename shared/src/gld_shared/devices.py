"""Choosing the device to compute on: the meaning of --device."""

import sys
from importlib.util import find_spec
from pathlib import Path

from gld_shared.errors import DataError

_EXPECTED = "expected auto, cpu, cuda or cuda:N"
# Device files of the drivers: NVIDIA's, in WSL, on Jetson (two), AMD's.
_DRIVERS = ("nvidiactl", "dxg", "nvhost-ctrl", "nvgpu", "kfd")


def choose_device(name: str, argument: str = "--device") -> str:
    """Return ``cpu``, ``cuda`` or ``cuda:N``; ``auto`` chooses a GPU where there is one.

    Without torch, ``auto`` is the CPU. Raises DataError, naming the ``argument``, for another name,
    for a missing GPU, and for any GPU without torch.
    """
    if name == "cpu" or (name == "auto" and not _can_use_gpu()):
        return "cpu"
    if not _has_torch():
        raise DataError(
            f"{argument} {name}: torch is not installed; "
            "pip install torch, or the extra gpu, as in gld-search[gpu]"
        )
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise DataError(f"{argument} {name}: {_EXPECTED}") from error
    if device.type not in {"cpu", "cuda"}:
        raise DataError(f"{argument} {name}: {_EXPECTED}")
    count = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= count:
        raise DataError(
            f"{argument} {name}: this machine has {count} CUDA devices; use cpu or auto"
        )
    return "cpu" if device.type == "cpu" else str(device)


def device_of_rank(name: str, local_rank: int) -> str:
    """Return the device of one of several processes on a machine, each with a GPU of its own.

    Raises DataError when ``name`` is a single GPU, or when there are too few.
    """
    chosen = choose_device(name)
    if chosen == "cpu":
        return chosen
    if ":" in chosen:
        raise DataError(f"--device {name}: several processes cannot share a GPU; say cuda")
    import torch

    count = torch.cuda.device_count()
    if local_rank >= count:
        raise DataError(
            f"{local_rank + 1} processes and {count} GPUs on this machine; start one for each GPU"
        )
    return f"cuda:{local_rank}"


def _can_use_gpu() -> bool:
    return _driver_is_loaded() and _has_torch()


def _has_torch() -> bool:
    return find_spec("torch") is not None


def _driver_is_loaded(devices: Path = Path("/dev")) -> bool:
    """Return whether there may be a GPU, without torch: its import takes longer than a search."""
    return sys.platform != "linux" or any((devices / name).exists() for name in _DRIVERS)
