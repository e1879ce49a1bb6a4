"""Loading weights from a file, from timm's hub or from the installed package."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from timm.layers.pos_embed import resample_abs_pos_embed
from torch import nn

from gld_shared.errors import DataError, first_few
from gld_shared.networks.network import EmbeddingNetwork
from gld_shared.networks.weights import packaged
from gld_shared.networks.weights.files import read_state_dicts
from gld_shared.networks.weights.hub import hub_state
from gld_shared.networks.weights.key_names import to_timm
from gld_shared.networks.weights.prefixes import choose

log = logging.getLogger(__name__)
FEW = 3  # keys named in messages


@dataclass(frozen=True)
class Report:
    """The outcome of loading weights, as keys of tensors.

    ``loaded`` unchanged, ``partial`` fitted to another shape (position embeddings of another image
    size), ``missing`` in the source and left unchanged, ``unused`` by the network.
    """

    loaded: list[str]
    partial: list[str]
    missing: list[str]
    unused: list[str]

    def __str__(self) -> str:
        """Format the four counts, with the first keys of all but the loaded ones."""
        counts = [f"{len(self.loaded)} tensors loaded"]
        for outcome in ("partial", "missing", "unused"):
            keys = getattr(self, outcome)
            named = f" ({first_few(keys, few=FEW)})" if keys else ""
            counts.append(f"{len(keys)} {outcome}{named}")
        return ", ".join(counts)


def load_weights(network: nn.Module, source: str) -> Report:
    """Fill an embedding network, or a backbone alone, from published or saved weights.

    The source is ``packaged:NAME``, ``timm:NAME``, or a .pth or .safetensors file: weights of a
    backbone as its authors publish them, a checkpoint of gld-train, or one of the reference recipe.
    The last two fill the neck too. A prefix without which the names fit is removed, with a line in
    the log. Raises DataError when the source cannot be read or nothing fits.
    """
    backbone = network.backbone if isinstance(network, EmbeddingNetwork) else network
    kind, _, name = source.partition(":")
    if kind == "packaged":
        tensors = packaged.timm_state(name, backbone)
    elif kind == "timm":
        tensors = to_timm(hub_state(name), backbone.state_dict())
    else:
        tensors = _from_file(source, network, backbone)
    return _fill(network, backbone, tensors, source)


def _from_file(source: str, network: nn.Module, backbone: nn.Module) -> dict[str, torch.Tensor]:
    choice = choose(read_state_dicts(source), network, backbone)
    if choice.prefix:
        log.warning("%s: prefix %r removed from its tensors' names", source, choice.prefix)
    if choice.others:
        log.warning(
            "%s: uses its part %r; %s fits as well, and is used when saved as a file of its own",
            source, choice.part, " or ".join(map(repr, choice.others)),
        )  # fmt: skip
    return choice.tensors


def _fill(
    network: nn.Module, backbone: nn.Module, tensors: Mapping[str, torch.Tensor], source: str
) -> Report:
    wanted = network.state_dict()
    fitting, partial, unused = {}, [], []
    for key, tensor in tensors.items():
        place = f"backbone.{key}" if f"backbone.{key}" in wanted else key
        expected = wanted.get(place)
        if expected is not None and tensor.shape != expected.shape and key == "pos_embed":
            tensor = _resample(backbone, tensor)
            partial.append(place)
        if expected is not None and tensor.shape == expected.shape:
            fitting[place] = tensor
        else:
            unused.append(key)
    if not fitting:
        raise DataError(
            f"{source}: none of its {len(tensors)} tensors fits the network's {len(wanted)} "
            f"in name and shape; it has {_with_shapes(tensors)}; the network has "
            f"{_with_shapes(backbone.state_dict())}; name the backbone that the file is for"
        )
    network.load_state_dict({**wanted, **fitting})
    return Report(
        loaded=[key for key in wanted if key in fitting and key not in partial],
        partial=[key for key in partial if key in fitting],
        missing=[key for key in wanted if key not in fitting and not _is_count(key)],
        unused=unused,
    )


def _with_shapes(tensors: Mapping[str, torch.Tensor]) -> str:
    return first_few([f"{key} {list(tensor.shape)}" for key, tensor in tensors.items()], few=FEW)


def _is_count(key: str) -> bool:
    """Return whether a tensor is BatchNorm's batch count; old files lack it, nothing needs it."""
    return key.endswith("num_batches_tracked")


def _resample(backbone: Any, positions: torch.Tensor) -> torch.Tensor:
    """Interpolate position embeddings ``(1, prefix + n, c)`` to the backbone's grid."""
    resampled: torch.Tensor = resample_abs_pos_embed(
        positions,
        new_size=list(backbone.patch_embed.grid_size),
        num_prefix_tokens=0 if backbone.no_embed_class else backbone.num_prefix_tokens,
    )
    return resampled
