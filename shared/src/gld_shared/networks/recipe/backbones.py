"""The reference recipe's backbones, by their published names: ``recipe:NAME``.

Each is a timm model with a few layers changed, and ends with a feature map of 1/16 of the image's
sides. The prefix distinguishes them from timm's models of the same name: ``resnet50`` is timm's.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from timm.layers.squeeze_excite import SEModule
from torch import nn

from gld_shared.errors import DataError
from gld_shared.networks.recipe.efficientnet_surgery import fix_padding, keep_sixth_stage_size
from gld_shared.networks.recipe.ibn import use_ibn_a
from gld_shared.networks.recipe.resnet_surgery import (
    keep_last_stage_size,
    pool_shortcut,
    smooth_last_stage,
)
from gld_shared.networks.timm_backbone import bare_model

KIND = "recipe"
# The input of the recipe's last stages and of its submission.
IMAGE_SIZE = 512
MEAN = (0.485, 0.456, 0.406)
STD = (57 / 255, 57 / 255, 57 / 255)

# The nominal image size of each EfficientNet; other sizes work too.
_EFFICIENTNET_SIZES = (224, 240, 260, 300, 380, 456, 528, 600)
_EFFICIENTNET_BATCH_NORM = {"bn_momentum": 0.01, "bn_eps": 1e-3}
_RESNESTS = {50: "resnest50d", 101: "resnest101e", 200: "resnest200e", 269: "resnest269e"}


def build_recipe_backbone(name: str) -> nn.Module:
    """Build ``recipe:NAME`` with random weights. Raises DataError on an unknown name."""
    builder = _BUILDERS.get(name)
    if builder is None:
        raise DataError(f"model: backbone is {name!r}, expected one of {', '.join(NAMES)}")
    backbone: nn.Module = builder()
    return backbone


def _resnet50() -> Any:
    resnet = _resnet("resnet50")
    pool_shortcut(resnet.layer2[0])
    pool_shortcut(resnet.layer3[0])
    return resnet


def _resnet_ibn_a(name: str, **options: Any) -> Any:
    resnet = _resnet(name, **options)
    use_ibn_a(resnet)
    return resnet


def _resnet(name: str, **options: Any) -> Any:
    resnet = bare_model(name, zero_init_last=False, **options)
    keep_last_stage_size(resnet)
    return resnet


def _resnest(name: str) -> Any:
    """Build a ResNeSt; unlike the other ResNets it keeps the last stage's size by dilation."""
    resnest = bare_model(name, zero_init_last=False, output_stride=16)
    smooth_last_stage(resnest)
    return resnest


def _efficientnet(number: int) -> Any:
    name = f"tf_efficientnet_b{number}"
    efficientnet = bare_model(name, drop_path_rate=0.2, **_EFFICIENTNET_BATCH_NORM)
    keep_sixth_stage_size(efficientnet)
    fix_padding(efficientnet, _EFFICIENTNET_SIZES[number])
    return efficientnet


# Squeeze-and-excitation after a block's last norm, both layers without bias.
# Source: Hu et al., Squeeze-and-Excitation Networks, 2017.
_SQUEEZE_EXCITATION = {"attn_layer": partial(SEModule, rd_ratio=1 / 16, bias=False)}

_BUILDERS: dict[str, Callable[[], Any]] = {
    "recipe:resnet50": _resnet50,
    "recipe:resnet101_ibn_a": partial(_resnet_ibn_a, "resnet101"),
    "recipe:se_resnet101_ibn_a": partial(
        _resnet_ibn_a, "resnet101", block_args=_SQUEEZE_EXCITATION
    ),
    "recipe:resnext101_ibn_a": partial(_resnet_ibn_a, "resnext101_32x4d"),
    **{f"recipe:resnest{depth}": partial(_resnest, name) for depth, name in _RESNESTS.items()},
    **{f"recipe:efficientnet_b{number}": partial(_efficientnet, number) for number in range(8)},
}
NAMES = tuple(_BUILDERS)
