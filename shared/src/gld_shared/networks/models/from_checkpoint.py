"""The model of a checkpoint, which records its network."""

from collections.abc import Mapping
from typing import Any, TypedDict

import torch

from gld_shared.checkpoint import load_checkpoint
from gld_shared.errors import DataError
from gld_shared.images.settings import ImageSettings
from gld_shared.json_parser import DAMAGED
from gld_shared.networks.config import NetworkConfig
from gld_shared.networks.models.model import Model
from gld_shared.networks.network import EmbeddingNetwork, build
from gld_shared.type_contract import type_fault

_MISFIT = "its tensors do not fit its configuration"


class _Settings(TypedDict):
    """The sections of a configuration that a network is made from."""

    model: dict[str, Any]
    image: dict[str, Any]


def load_checkpoint_model(path: str) -> Model:
    """Load a checkpoint of gld-train.

    Raises DataError for an unreadable file, and for tensors that do not fit its configuration.
    """
    checkpoint = load_checkpoint(path)
    missing = [key for key in ("model", "image") if key not in checkpoint.config]
    if missing:
        raise DataError(f"{path}: its configuration has no {' and no '.join(missing)}")
    fault = type_fault(checkpoint.config, _Settings)
    if fault is not None:
        raise DataError(f"{path}: config: {fault}; {DAMAGED}")
    try:
        ImageSettings.from_dict(checkpoint.config["image"])
        config = NetworkConfig.from_dict(checkpoint.config["model"])
        _refuse_other_neck(config, checkpoint.tensors)
        network = build(config)
        _fill(network, checkpoint.tensors)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    return Model(
        network.eval(),
        checkpoint.config,
        path,
        checkpoint.sha256,
        checkpoint.history,
        checkpoint.step,
    )


def _refuse_other_neck(config: NetworkConfig, tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise DataError unless the neck's tensors have the length that the configuration records.

    Asked before the network is built, because a wrong length may take any amount of memory.
    """
    lengths = {"neck.whiten.weight": ("whiten", config.whiten)}
    if config.neck == "linear_bn":
        lengths["neck.linear.weight"] = ("dim", config.dim)
    for key, (name, length) in lengths.items():
        found = len(tensors[key]) if key in tensors and tensors[key].ndim else 0
        if found != length:
            raise DataError(f"{_MISFIT}: model.{name} is {length}, and {key} has {found} rows")


def _fill(network: EmbeddingNetwork, tensors: Mapping[str, torch.Tensor]) -> None:
    """Fill all of a network. Raises DataError unless the tensors have its names, shapes and types.

    Without the check of the types, torch would convert damaged tensors to other numbers.
    """
    for key, expected in network.state_dict().items():
        if key in tensors and tensors[key].dtype != expected.dtype:
            raise DataError(f"{_MISFIT}: {key} is {tensors[key].dtype}, expected {expected.dtype}")
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise DataError(f"{_MISFIT}: {reason}") from error
