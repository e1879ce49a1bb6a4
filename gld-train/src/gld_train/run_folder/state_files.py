"""The file of a training state, whose damage is noticed when it is read."""

import io
import warnings
from pathlib import Path
from typing import Any

import torch
from gld_shared.files import open_output
from gld_shared.zip_check import is_whole_zip


def save_state(file: Path, state: dict[str, Any]) -> None:
    """Save tensors and plain values atomically."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    with open_output(file) as stream:
        stream.write(buffer.getbuffer())


def load_state(file: Path) -> dict[str, Any] | None:
    """Load a state on the CPU; None if it is damaged. Raises OSError if it cannot be opened."""
    with file.open("rb") as stream:
        if not is_whole_zip(stream):
            return None
        stream.seek(0)
        try:
            with warnings.catch_warnings(action="ignore"):  # about the version of a pickle
                state: dict[str, Any] = torch.load(stream, map_location="cpu", weights_only=True)
        except Exception:  # damaged headers raise errors of many types in torch
            return None
    return state
