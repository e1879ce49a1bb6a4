"""The checkpoint: the tensors of an embedding network and the configuration to rebuild it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from gld_shared.errors import DataError
from gld_shared.files import open_output
from gld_shared.json_parser import DAMAGED, parse_json
from gld_shared.provenance import History
from gld_shared.safetensors_checksum import check_checksum, with_checksum
from gld_shared.sha256 import sha256
from gld_shared.type_contract import type_fault

FORMAT = "gld-checkpoint/1"
T = TypeVar("T")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as read: fp32 tensors ``backbone.*`` and ``neck.*``, and its metadata."""

    tensors: dict[str, torch.Tensor]
    config: dict[str, Any]
    step: int
    metrics: dict[str, float]
    history: History
    path: str
    sha256: str


class _Metadata(TypedDict):
    """The metadata of the file, each value as JSON."""

    config: str
    step: str
    metrics: str
    history: str


def save_checkpoint(
    path: str | Path,
    tensors: Mapping[str, torch.Tensor],
    config: Mapping[str, Any],
    step: int,
    metrics: Mapping[str, float],
    history: History,
) -> None:
    """Write a checkpoint, whole or not at all; floating-point tensors are stored as fp32.

    It has a checksum, and the same arguments give the same bytes.
    """
    metadata = {
        "format": FORMAT,
        "config": json.dumps(config),
        "step": str(step),
        "metrics": json.dumps(metrics),
        "history": json.dumps(history),
    }
    stored = {name: _as_stored(tensor) for name, tensor in tensors.items()}
    with open_output(path) as stream:
        stream.write(with_checksum(save(stored, metadata)))


def _as_stored(tensor: torch.Tensor) -> torch.Tensor:
    plain = tensor.detach().cpu().contiguous()
    return plain.float() if plain.is_floating_point() else plain


def is_checkpoint(path: str | Path) -> bool:
    """Return whether a file is a checkpoint of gld-train, under any name; False if it is none."""
    if not Path(path).is_file():  # a pipe would be waited for
        return False
    try:
        with safe_open(str(path), framework="pt") as file:
            return (file.metadata() or {}).get("format") == FORMAT
    except (SafetensorError, OSError):
        return False


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint. Raises DataError when it is missing, truncated, damaged or not gld's.

    Checkpoints of older releases have no checksum.
    """
    if not Path(path).is_file():
        raise DataError(f"{path}: not found; expected a checkpoint made by gld-train")
    opened = _version(path)
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DataError(f"{path}: not a whole safetensors file: {error}") from error
    if metadata.get("format") != FORMAT:
        raise DataError(
            f"{path}: format is {metadata.get('format')!r}, expected {FORMAT!r}; "
            "plain weights are given to gld-embed with --backbone, or to gld-train as model.weights"
        )
    check_checksum(path)
    fault = type_fault(metadata, _Metadata)
    if fault is not None:
        raise DataError(f"{path}: metadata: {fault}; {DAMAGED}")

    def parsed(key: str, contract: type[T]) -> T:
        return parse_json(metadata[key], f"{path}: {key}", contract)

    digest = sha256(path)
    if _version(path) != opened:
        raise DataError(f"{path}: was replaced while it was read; run the same command again")
    return Checkpoint(
        tensors=tensors,
        config=parsed("config", dict[str, Any]),
        step=parsed("step", int),
        metrics=parsed("metrics", dict[str, float]),
        history=parsed("history", History),
        path=str(path),
        sha256=digest,
    )


def _version(path: str | Path) -> tuple[int, int]:
    """Return what tells a file from another one that is renamed to its path."""
    status = Path(path).stat()
    return status.st_ino, status.st_mtime_ns
