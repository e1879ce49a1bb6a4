"""Optimizer, schedule and erasing against what the reference recipe's own code computed."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.networks import build
from gld_train.config.sections import Optim, Schedule
from gld_train.data.augment import erasing_box
from gld_train.losses import ArcFace
from gld_train.optim.optimizer import make_optimizer, set_learning_rate
from gld_train.optim.schedule import learning_rate

GOLDEN = np.load(Path(__file__).parent / "fixtures" / "golden.npz", allow_pickle=False)
STAGES = sorted(name.removeprefix("lr_") for name in GOLDEN.files if name.startswith("lr_"))


@pytest.mark.parametrize("stage", STAGES)
def test_the_schedule_equals_the_recipes(stage):
    epochs, warmup, lr, factor = GOLDEN[f"lrcfg_{stage}"][:4]
    rows = GOLDEN[f"lr_{stage}"]
    for epoch, iteration, weights, biases in rows[:-1]:
        t = (epoch - 1) + iteration / 7
        assert learning_rate(t, lr, lr, epochs, warmup) == pytest.approx(weights, rel=1e-9)
        assert learning_rate(t, factor * lr, lr, epochs, warmup) == pytest.approx(biases, rel=1e-9)
    after = learning_rate(epochs, lr, lr, epochs, warmup)
    assert after == pytest.approx(rows[-1][2], rel=1e-9)


def test_erased_boxes_equal_the_recipes():
    for seed, *box in GOLDEN["boxes"].tolist():
        assert list(erasing_box(64, 80, 1.0, random.Random(seed))) == box


def test_the_optimizer_treats_a_resnet50_as_the_recipe_does():
    """109 tensors at the rate, 53 biases at twice it, the neck's frozen bias left out."""
    with torch.device("meta"):
        network = build({"backbone": "resnet50", "neck": "linear_bn", "pooling": "gem"})
        head = ArcFace(512, 11, 30.0, 0.3)
    optim = Optim(lr=0.08, weight_decay=5e-4, momentum=0.9, bias_factor=2.0)
    optimizer = make_optimizer(network, head, optim)
    set_learning_rate(optimizer, 0.0, optim, Schedule(epochs=10, warmup=0.0))
    found = sorted(
        (group["lr"], group["weight_decay"], group["momentum"], len(group["params"]))
        for group in optimizer.param_groups
    )
    assert found == [(0.08, 5e-4, 0.9, 109), (0.16, 5e-4, 0.9, 53)]
