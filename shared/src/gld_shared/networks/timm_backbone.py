"""A timm model without its pooling and classifier: what every backbone starts from."""

from typing import Any

import timm
from torch import nn

# Norms that come after timm's own pooling: kept, they would be weights that nothing trains.
_HEAD_NORMS = ("head.norm", "fc_norm")


def bare_model(name: str, **options: Any) -> Any:
    """The model that timm calls ``name``, random weights, ending with its feature map."""
    model = timm.create_model(name, pretrained=False, num_classes=0, global_pool="", **options)
    modules = dict(model.named_modules())
    for norm in _HEAD_NORMS:
        if norm in modules:
            model.set_submodule(norm, nn.Identity())
    return model
