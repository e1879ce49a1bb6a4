"""Head, schedule and erasing against what the reference recipe's own code computed."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_train.augment import erasing_box
from gld_train.heads import ArcFace, start_from
from gld_train.schedule import learning_rate
from torch.nn import functional

GOLDEN = np.load(Path(__file__).parent / "fixtures" / "golden.npz", allow_pickle=False)
STAGES = sorted(name.removeprefix("lr_") for name in GOLDEN.files if name.startswith("lr_"))
HEADS = ["s30.0_m0.3", "s60.0_m0.0", "s30.0_m0.5", "s64.0_m0.2"]


@pytest.mark.parametrize("name", HEADS)
def test_arcface_equals_the_recipes(name):
    scale, margin = (float(part[1:]) for part in name.split("_"))
    x = torch.tensor(GOLDEN["x"], requires_grad=True)
    labels = torch.tensor(GOLDEN["y"])
    head = ArcFace(12, 17, scale, margin)
    with torch.no_grad():
        head.weight.copy_(torch.tensor(GOLDEN["w"]))
    logits = head(x, labels)
    loss = functional.cross_entropy(logits, labels)
    loss.backward()
    for ours, key in ((logits, "logits"), (loss, "ce"), (x.grad, "gx"), (head.weight.grad, "gw")):
        theirs = GOLDEN[f"arcface_{name}_{key}"]
        np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=2e-4, atol=2e-5)


def test_arcface_stays_finite_where_the_cosine_is_one():
    head = ArcFace(4, 2, 30.0, 0.3)
    embeddings = head.weight.detach()[:1].clone().requires_grad_()
    loss = functional.cross_entropy(head(embeddings, torch.tensor([0])), torch.tensor([0]))
    loss.backward()
    assert embeddings.grad.isfinite().all()
    assert head.weight.grad.isfinite().all()


def test_arcface_is_fp32_under_autocast():
    head = ArcFace(4, 2, 30.0, 0.3)
    with torch.autocast("cpu", torch.bfloat16):
        assert head(torch.randn(3, 4).bfloat16(), torch.tensor([0, 1, 0])).dtype == torch.float32


def test_a_next_stage_takes_the_common_rows_over():
    head = ArcFace(4, 3, 30.0, 0.3)
    last = head.weight[2].clone()
    assert start_from(head, torch.ones(2, 4)) == 2
    assert head.weight[:2].eq(1).all()
    assert head.weight[2].equal(last)


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
