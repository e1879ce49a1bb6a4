"""Backbones by name: timm's, the reference recipe's, and raw pixels."""

import difflib
from typing import cast

import timm
from torch import nn

from gld_shared.errors import DataError
from gld_shared.networks import pixel_baseline
from gld_shared.networks.recipe import backbones
from gld_shared.networks.timm_backbone import bare_model


def build_backbone(name: str) -> nn.Module:
    """Build a backbone without pooling and classifier, with random weights.

    ``name`` is one that timm knows, ``recipe:NAME`` for a backbone of the reference recipe, or
    ``pixels:SIZE`` for the baseline without weights. The backbone takes any image size where its
    architecture allows it. Raises DataError on another name.
    """
    kind = name.partition(":")[0]
    if kind == pixel_baseline.KIND:
        return pixel_baseline.Pixels(pixel_baseline.parse_size(name))
    if kind == backbones.KIND:
        return backbones.build_recipe_backbone(name)
    if not timm.is_model(name):
        close = difflib.get_close_matches(name, [*timm.list_models(), *backbones.NAMES], n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise DataError(f"model: backbone {name!r} is not one that timm knows{hint}")
    try:
        # Transformers are made for one size; most of them can interpolate positions instead.
        backbone = bare_model(name, dynamic_img_size=True)
    except TypeError as error:
        if "dynamic_img_size" not in str(error):
            raise
        backbone = bare_model(name)
    return cast(nn.Module, backbone)
