"""Parameter groups, and their learning rates at a time."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from gld_train.config.sections import Optim, Schedule
from gld_train.optim.schedule import learning_rate


def make_optimizer(network: nn.Module, head: nn.Module, optim: Optim) -> torch.optim.Optimizer:
    """SGD or AdamW over one group for each part (backbone, rest, head), its biases apart.

    Each group holds ``base`` (the rate without its part's factor) and ``factor``. Fused: a tensor
    is read and written once, and on a GPU all of them by one kernel.
    """
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in _trainable(network, head):
        key = (_factor(name, optim), "bias" in name)
        groups.setdefault(key, []).append(parameter)
    described: list[dict[str, Any]] = [
        {
            "params": parameters,
            "base": optim.lr * (optim.bias_factor if is_bias else 1.0),
            "factor": factor,
        }
        for (factor, is_bias), parameters in groups.items()
    ]
    options: dict[str, Any] = {"lr": optim.lr, "weight_decay": optim.weight_decay, "fused": True}
    if optim.name == "adamw":
        return torch.optim.AdamW(described, **options)
    return torch.optim.SGD(described, momentum=optim.momentum, **options)


def set_learning_rate(
    optimizer: torch.optim.Optimizer, t: float, optim: Optim, schedule: Schedule
) -> float:
    """Give every group its rate at time ``t`` in epochs, and return that of plain weights."""
    for group in optimizer.param_groups:
        group["lr"] = group["factor"] * learning_rate(
            t, group["base"], optim.lr, schedule.epochs, schedule.warmup
        )
    return learning_rate(t, optim.lr, optim.lr, schedule.epochs, schedule.warmup)


def _trainable(network: nn.Module, head: nn.Module) -> Iterable[tuple[str, nn.Parameter]]:
    for prefix, module in (("", network), ("head.", head)):
        for name, parameter in module.named_parameters():
            if parameter.requires_grad:
                yield prefix + name, parameter


def _factor(name: str, optim: Optim) -> float:
    if name.startswith("backbone."):
        return optim.backbone_factor
    return optim.head_factor if name.startswith("head.") else 1.0
