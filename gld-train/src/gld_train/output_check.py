"""Checks of the output's place before training, whose result would else be lost at the end."""

import shutil
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.unfinished_names import new_file_beside
from torch import nn

_MEGABYTE = 10**6


def refuse_unwritable(output: Path) -> None:
    """Raise DataError when no file can be created beside the output, under a name as long."""
    try:
        with new_file_beside(output) as (path, _):
            path.unlink()
    except OSError as error:
        raise DataError(
            f"{output}: cannot be written: {error.strerror}; choose another output"
        ) from error


def refuse_full(output: Path, *modules: nn.Module) -> None:
    """Raise DataError when the disk has no room for the values of ``modules``."""
    tensors = [tensor for module in modules for tensor in module.state_dict().values()]
    needed = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    free = shutil.disk_usage(output.parent).free
    if free < needed:
        raise DataError(
            f"{output}: {free // _MEGABYTE:,} MB free, expected {-(-needed // _MEGABYTE):,} MB for "
            "checkpoint and class vectors; make room, or choose another output"
        )
