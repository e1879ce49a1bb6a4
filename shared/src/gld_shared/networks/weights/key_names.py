"""Translating the tensor names of published weight files to timm's and our neck's.

Supported are the names of timm and, where they differ, of torchvision's ResNets, IBN-Net, ResNeSt,
EfficientNet-PyTorch and the reference recipe's checkpoints.
"""

import re
from collections.abc import Collection, Mapping

import torch

_NECK = {"fcneck": "neck.linear", "fcneck_bn": "neck.bn"}
_EFFICIENTNET = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
_SQUEEZE = {"_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand"}
_SEPARABLE_BLOCK = {
    "_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"
}  # fmt: skip
_INVERTED_BLOCK = {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
    "_project_conv": "conv_pwl", "_bn2": "bn3",
}  # fmt: skip


def to_timm(
    tensors: Mapping[str, torch.Tensor], wanted: Collection[str]
) -> dict[str, torch.Tensor]:
    """Rename tensors to the keys of a timm backbone, which are ``wanted``.

    A name that matches no rule is kept.
    """
    blocks = _blocks_in_order(wanted)
    shifted = _shortcuts_to_shift(tensors, wanted)
    renamed = {}
    for key, tensor in tensors.items():
        name = _rename_neck(_rename_efficientnet(key, blocks, wanted))
        name = _shift_shortcut(name, shifted)
        name, tensor = _convolve_excitation(name, tensor)
        renamed[name] = tensor
    return renamed


def _rename_neck(key: str) -> str:
    layer, _, name = key.partition(".")
    return f"{_NECK[layer]}.{name}" if layer in _NECK else key


def _blocks_in_order(wanted: Collection[str]) -> list[str]:
    """List timm's prefixes ``blocks.STAGE.BLOCK`` in order; others number all blocks 0, 1, 2..."""
    found = [match[0] for key in wanted if (match := re.match(r"blocks\.\d+\.\d+", key))]
    return list(dict.fromkeys(found))


def _rename_efficientnet(key: str, blocks: list[str], wanted: Collection[str]) -> str:
    """Rename ``_blocks.7._bn0.weight`` to ``blocks.3.1.bn1.weight``, for example."""
    if match := re.match(r"_blocks\.(\d+)\.(\w+)\.(.+)", key):
        number, layer, name = int(match[1]), match[2], match[3]
        if number < len(blocks):
            inverted = f"{blocks[number]}.conv_pwl.weight" in wanted
            layers = _SQUEEZE | (_INVERTED_BLOCK if inverted else _SEPARABLE_BLOCK)
            return f"{blocks[number]}.{layers.get(layer, layer)}.{name}"
    layer, _, name = key.partition(".")
    return f"{_EFFICIENTNET[layer]}.{name}" if layer in _EFFICIENTNET else key


def _shortcuts_to_shift(tensors: Collection[str], wanted: Collection[str]) -> set[str]:
    """Find prefixes ``layer2.0.downsample.`` whose convolution is second in the backbone only."""
    pooled = {key.removesuffix("2.weight") for key in wanted if key.endswith("downsample.2.weight")}
    return {prefix for prefix in pooled if f"{prefix}0.weight" in tensors}


def _shift_shortcut(key: str, shifted: Collection[str]) -> str:
    """Shift a shortcut's layers by one, as the recipe's ResNet-50 has a pooling before them."""
    match = re.match(r"(.*downsample\.)(\d+)(\..+)", key)
    if match is None or match[1] not in shifted:
        return key
    return f"{match[1]}{int(match[2]) + 1}{match[3]}"


def _convolve_excitation(key: str, tensor: torch.Tensor) -> tuple[str, torch.Tensor]:
    """Turn IBN-Net's linear layers of squeeze-and-excitation into timm's 1x1 convolutions."""
    match = re.match(r"(.*\.se\.fc)\.([02])(\.weight)", key)
    if match is None:
        return key, tensor
    return f"{match[1]}{int(match[2]) // 2 + 1}{match[3]}", tensor[:, :, None, None]
