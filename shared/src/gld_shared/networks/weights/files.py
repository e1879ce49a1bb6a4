"""Reading weight files: every state dictionary that they hold, however nested."""

import argparse
import re
import warnings
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PosixPath
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gld_shared.errors import DataError
from gld_shared.networks.weights.file_format import weights_format

Tensors = dict[str, torch.Tensor]

# Plain data that training scripts save beside the tensors; none of these classes runs code.
_SCALAR = np.float64(0).__reduce__()[0]
_SAFE: list[Any] = [
    argparse.Namespace,
    defaultdict,
    dict,
    list,
    PosixPath,
    np.dtype,
    *(type(np.dtype(kind)) for kind in (np.bool_, np.int64, np.float32, np.float64)),
    (_SCALAR, "numpy._core.multiarray.scalar"),
    (_SCALAR, "numpy.core.multiarray.scalar"),
]


def read_state_dicts(source: str) -> dict[str, Tensors]:
    """Read the state dictionaries of a file, by their keys in it: ``""`` or ``checkpoint.model``.

    The format is told by the content. A pickle is read as data only, so none of its code can run.
    Raises DataError for a file that is missing, unreadable or holds no tensors under names, and
    says what it is instead.
    """
    is_safetensors = weights_format(source) == "safetensors"
    read = _read_safetensors(source) if is_safetensors else _unpickle(source)
    if not isinstance(read, Mapping):
        raise DataError(f"{source}: holds a {type(read).__name__}, expected a state dictionary")
    found = dict(_state_dicts(read, ""))
    if not found:
        raise DataError(f"{source}: holds no tensors, expected a state dictionary")
    return found


def _state_dicts(values: Mapping[Any, Any], place: str) -> Any:
    """Yield each mapping that holds tensors, with its place, in the order of the file."""
    tensors = {
        name: value
        for name, value in values.items()
        if isinstance(name, str) and isinstance(value, torch.Tensor)
    }
    if tensors:
        yield place, tensors
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _state_dicts(value, f"{place}.{name}" if place else str(name))


def _read_safetensors(source: str) -> Tensors:
    try:
        return load_file(source)
    except SafetensorError as error:
        reason = f"a damaged safetensors file ({error}); copy or download it again"
        raise DataError(f"{source}: {reason}") from error


def _unpickle(source: str) -> Any:
    # Opened here, because torch.load judges a file by its name.
    try:
        with (
            Path(source).open("rb") as stream,
            torch.serialization.safe_globals(_SAFE),
            warnings.catch_warnings(action="ignore"),  # about the version of a pickle
        ):
            return torch.load(stream, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes raise errors of many types in torch's unpickler
        # torch's own text advises to run the code in the file.
        refused = re.search(r"GLOBAL (\S+)", str(error))
        if refused is None:
            reason = (
                "damaged, or pickled with another protocol than torch.save's own; "
                "copy or save it again"
            )
        else:
            reason = (
                f"holds Python objects ({refused[1]}), as in a pickle of a whole model, which may "
                "run code when read; where it was made, save the tensors alone: "
                "torch.save(model.state_dict(), 'weights.pth')"
            )
        raise DataError(f"{source}: {reason}") from error
