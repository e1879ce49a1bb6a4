"""Loading a backbone's weights from a file, from timm's hub or from the installed package."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.layers.pos_embed import resample_abs_pos_embed
from torch import nn

from gld_shared.errors import DataError
from gld_shared.networks import packaged

_WRAPPERS = ("state_dict", "model", "state_dict_ema")
_PREFIXES = ("module.", "base.", "backbone.")


@dataclass(frozen=True)
class Report:
    """What became of the tensors, by key.

    ``loaded`` as they are, ``partial`` fitted to another shape (position embeddings of another
    image size), ``missing`` in the source and left as they were, ``unused`` by the backbone.
    """

    loaded: list[str]
    partial: list[str]
    missing: list[str]
    unused: list[str]


def load_weights(backbone: nn.Module, source: str) -> Report:
    """Fill a backbone from ``packaged:NAME``, ``timm:NAME``, a .pth or a .safetensors file.

    Raises DataError when the source cannot be read or fits no tensor of the backbone.
    """
    kind, _, name = source.partition(":")
    if kind == "packaged":
        tensors = packaged.timm_state(name, backbone)
    elif kind == "timm":
        tensors = hub_state(name)
    else:
        tensors = _strip(_read(source))
    return _fill(backbone, tensors, source)


def hub_state(name: str) -> dict[str, torch.Tensor]:
    """The pretrained tensors of a timm model, downloaded or from the local cache."""
    if not timm.is_model(name):
        raise DataError(f"timm:{name}: timm knows no such model")
    try:
        model = timm.create_model(name, pretrained=True)
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"timm:{name}: no weights: {reason}; without a network, name a local file"
        ) from error
    state: dict[str, torch.Tensor] = model.state_dict()
    return state


def _read(source: str) -> dict[str, Any]:
    """The tensors of a file; a pickle is read as data only, so no code of it can run."""
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


def _strip(tensors: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Tensors without the prefixes that wrappers of a backbone put before its keys."""
    stripped = {}
    for key, value in tensors.items():
        for prefix in _PREFIXES:
            key = key.removeprefix(prefix)
        if isinstance(value, torch.Tensor):
            stripped[key] = value
    return stripped


def _fill(backbone: nn.Module, tensors: dict[str, torch.Tensor], source: str) -> Report:
    wanted = backbone.state_dict()
    fitting, partial = {}, []
    for key, expected in wanted.items():
        tensor = tensors.get(key)
        if tensor is None:
            continue
        if tensor.shape != expected.shape and key == "pos_embed":
            tensor = _resample(backbone, tensor)
            partial.append(key)
        if tensor.shape == expected.shape:
            fitting[key] = tensor
    if not fitting:
        raise DataError(
            f"{source}: none of its {len(tensors)} tensors fits the backbone's {len(wanted)} "
            "in name and shape; is it for another backbone?"
        )
    backbone.load_state_dict({**wanted, **fitting})
    return Report(
        loaded=[key for key in fitting if key not in partial],
        partial=partial,
        missing=[key for key in wanted if key not in fitting],
        unused=[key for key in tensors if key not in fitting],
    )


def _resample(backbone: Any, positions: torch.Tensor) -> torch.Tensor:
    """Position embeddings ``(1, prefix + n, c)`` interpolated to the backbone's grid."""
    resampled: torch.Tensor = resample_abs_pos_embed(
        positions,
        new_size=list(backbone.patch_embed.grid_size),
        num_prefix_tokens=0 if backbone.no_embed_class else backbone.num_prefix_tokens,
    )
    return resampled
