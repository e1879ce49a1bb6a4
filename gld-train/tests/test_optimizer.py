"""The parameter groups of the optimizer, and their learning rates."""

import torch
from gld_shared.networks import build
from gld_train.losses import ArcFace
from gld_train.optim.optimizer import OptimConfig, make_optimizer, set_learning_rate
from gld_train.optim.schedule import ScheduleConfig


def test_the_optimizer_treats_a_resnet50_as_the_recipe_does():
    """109 tensors at the rate, 53 biases at twice the rate, without the neck's frozen bias."""
    with torch.device("meta"):
        network = build({"backbone": "resnet50", "neck": "linear_bn", "pooling": "gem"})
        head = ArcFace(512, 11, 30.0, 0.3)
    optim = OptimConfig(lr=0.08, weight_decay=5e-4, momentum=0.9, bias_factor=2.0)
    optimizer = make_optimizer(network, head, optim)
    set_learning_rate(optimizer, 0.0, optim, ScheduleConfig(epochs=10, warmup=0.0))
    found = sorted(
        (group["lr"], group["weight_decay"], group["momentum"], len(group["params"]))
        for group in optimizer.param_groups
    )
    assert found == [(0.08, 5e-4, 0.9, 109), (0.16, 5e-4, 0.9, 53)]
