"""timm models without pooling and classifier, which every backbone starts from."""

from typing import Any

import timm
from torch import nn

# Norms after timm's own pooling: if kept, they would be weights that nothing trains.
_HEAD_NORMS = ("head.norm", "fc_norm")


def bare_model(name: str, **options: Any) -> Any:
    """Create timm's model ``name`` with random weights, ending with its feature map."""
    model = timm.create_model(name, pretrained=False, num_classes=0, global_pool="", **options)
    modules = dict(model.named_modules())
    for norm in _HEAD_NORMS:
        if norm in modules:
            model.set_submodule(norm, nn.Identity())
    return model
