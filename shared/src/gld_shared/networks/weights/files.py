"""Reading weight files, and removing the wrappers that training scripts add."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gld_shared.errors import DataError

_WRAPPERS = ("state_dict", "model", "state_dict_ema")
_PREFIXES = ("module.", "base.", "backbone.")


def read_tensors(source: str) -> dict[str, torch.Tensor]:
    """Read the tensors of a .pth or .safetensors file, without wrappers and prefixes.

    A pickle is read as data only, so none of its code can run. Raises DataError for a file that
    is missing, unreadable or not a state dictionary.
    """
    stripped = {}
    for key, value in _read(source).items():
        for prefix in _PREFIXES:
            key = key.removeprefix(prefix)
        if isinstance(value, torch.Tensor):
            stripped[key] = value
    return stripped


def _read(source: str) -> dict[str, Any]:
    if not Path(source).is_file():
        raise DataError(f"{source}: not found; expected weights as .pth or .safetensors")
    try:
        if source.endswith(".safetensors"):
            return load_file(source)
        read: Any = torch.load(source, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{source}: not a readable file of weights: {reason}") from error
    for key in _WRAPPERS:
        if isinstance(read, Mapping) and isinstance(read.get(key), Mapping):
            read = read[key]
    if not isinstance(read, Mapping):
        raise DataError(f"{source}: holds a {type(read).__name__}, expected a state dictionary")
    return dict(read)
