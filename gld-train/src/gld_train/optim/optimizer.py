"""The optimizer: parameter groups, and their learning rates over time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Annotated, Any

import torch
from torch import nn

from gld_train.config_range import Interval, OneOf
from gld_train.optim.precision import PRECISIONS
from gld_train.optim.schedule import ScheduleConfig, learning_rate

OPTIMIZERS = ("sgd", "adamw")
Factor = Annotated[float, Interval(0, inf, "a factor")]


@dataclass(frozen=True)
class OptimConfig:
    """Section optim: the optimizer; factors multiply the learning rate of a part of the network.

    ``lr`` is for batches of ``lr_batch`` images and is scaled in proportion to
    ``data.batch_size``; 0: not scaled. ``clip``: the largest norm of the gradient, 0: no limit.
    ``average``: the decay of averaged weights (EMA), which are then validated and written, 0:
    none. ``frozen_stages``: stages of the backbone that are not trained, from its stem on, nor
    their BatchNorm's statistics. ``freeze_batchnorm``: no statistics change in the whole backbone.
    ``sync_batchnorm``: statistics over all GPUs. ``compile``: torch.compile, which takes minutes
    before the first step.
    """

    name: Annotated[str, OneOf(OPTIMIZERS)] = "sgd"
    lr: Annotated[float, Interval(0, inf, "a number", above=True)] = 0.01
    lr_batch: Annotated[int, Interval(0, 1_000_000, "images (0: lr is not scaled)")] = 0
    momentum: Annotated[float, Interval(0, 1, below=True)] = 0.9
    weight_decay: Factor = 5e-4
    bias_factor: Factor = 2.0
    backbone_factor: Factor = 1.0
    head_factor: Factor = 1.0
    precision: Annotated[str, OneOf(PRECISIONS)] = "bfloat16"
    clip: Annotated[float, Interval(0, inf, "a norm (0: no limit)")] = 0.0
    average: Annotated[float, Interval(0, 1, "a decay (0: none)", below=True)] = 0.0
    frozen_stages: Annotated[int, Interval(0, 1000, "stages")] = 0
    freeze_batchnorm: bool = False
    sync_batchnorm: bool = False
    compile: bool = False

    def scaled_to(self, batch_size: int) -> "OptimConfig":
        """Return the section with the learning rate for batches of this size."""
        if not self.lr_batch:
            return self
        return replace(self, lr=self.lr * batch_size / self.lr_batch)


def make_optimizer(
    network: nn.Module, head: nn.Module, optim: OptimConfig
) -> torch.optim.Optimizer:
    """Make SGD or AdamW, with two groups for each part (backbone, rest, head): weights and biases.

    Each group holds ``base`` (the rate without its part's factor) and ``factor``. The optimizer is
    fused: each tensor is read and written once, and on a GPU one kernel updates all of them.
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
    optimizer: torch.optim.Optimizer, t: float, optim: OptimConfig, schedule: ScheduleConfig
) -> float:
    """Set the rate of every group at time ``t`` in epochs, and return the rate of plain weights."""
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


def _factor(name: str, optim: OptimConfig) -> float:
    if name.startswith("backbone."):
        return optim.backbone_factor
    return optim.head_factor if name.startswith("head.") else 1.0
