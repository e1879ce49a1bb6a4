"""Every head against values that the reference recipe's code computed, and a slow loop."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_train.losses import (
    HEADS,
    AMSoftmax,
    ArcFace,
    Circle,
    CosFace,
    HeadConfig,
    Linear,
    build_head,
)
from gld_train.losses.margin_by_size import MarginBySizeConfig
from gld_train.losses.partial_fc import sample_classes
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

GOLDEN = np.load(Path(__file__).parent / "fixtures" / "golden.npz", allow_pickle=False)
RECIPE = [
    ("arcface", 30.0, 0.3, "s30.0_m0.3"),
    ("arcface", 60.0, 0.0, "s60.0_m0.0"),
    ("arcface", 30.0, 0.5, "s30.0_m0.5"),
    ("arcface", 64.0, 0.2, "s64.0_m0.2"),
    ("cosface", 30.0, 0.3, "s30.0_m0.3"),
    ("cosface", 30.0, 0.5, "s30.0_m0.5"),
    ("amsoftmax", 30.0, 0.3, "s30.0_m0.3"),
    ("circle", 256.0, 0.25, "s256_m0.25"),
    ("circle", 30.0, 0.3, "s30_m0.3"),
]
EVERY = list(HEADS)
MARGINAL = [name for name in HEADS if name != "linear"]


@pytest.mark.parametrize(("kind", "scale", "margin", "name"), RECIPE)
def test_a_head_equals_the_recipes(kind, scale, margin, name):
    x = torch.tensor(GOLDEN["x"], requires_grad=True)
    labels = torch.tensor(GOLDEN["y"])
    head = HEADS[kind](12, 17, scale, margin)
    head.weight.data.copy_(torch.tensor(GOLDEN["w"]))
    logits = head(x, labels)
    loss = functional.cross_entropy(logits, labels)
    loss.backward()
    # The recipe's AMSoftmax keeps its vectors in columns.
    turned = head.weight.grad.T if kind == "amsoftmax" else head.weight.grad
    for ours, key in ((logits, "logits"), (loss, "ce"), (x.grad, "gx"), (turned, "gw")):
        theirs = GOLDEN[f"{kind}_{name}_{key}"]
        np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=1e-5, atol=1e-6)


def slow_logit(kind, cosine, is_target, scale, margin):
    """Compute one logit in double precision by the paper's formula."""
    if kind == "circle":
        if is_target:
            return scale * max(0, 1 + margin - cosine) * (cosine - (1 - margin))
        return scale * max(0, cosine + margin) * (cosine - margin)
    if not is_target:
        return scale * cosine
    if kind == "arcface":
        angle = math.acos(cosine)
        if angle + margin < math.pi:
            return scale * math.cos(angle + margin)
        return scale * (cosine - margin * math.sin(margin))
    return scale * (cosine - margin)


def slow_logits(kind, head, x, labels):
    """Compute logits by a loop over samples, classes and centers."""
    margins = head.margin.expand(head.classes)
    centers = head.weight.detach().double().view(head.classes, -1, x.shape[1])
    logits = torch.empty(len(x), head.classes, dtype=torch.float64)
    for row, (sample, label) in enumerate(zip(x.double(), labels.tolist(), strict=True)):
        for number in range(head.classes):
            cosine = max(
                float(sample @ center / sample.norm() / center.norm()) for center in centers[number]
            )
            margin = float(margins[label])
            logits[row, number] = slow_logit(kind, cosine, number == label, head.scale, margin)
    return logits


@pytest.mark.parametrize("kind", MARGINAL)
@given(seed=st.integers(0, 10_000), subcenters=st.integers(1, 3), margin=st.floats(0, 1.5))
def test_a_head_equals_a_loop_over_samples(kind, seed, subcenters, margin):
    torch.manual_seed(seed)
    x, labels = torch.randn(5, 4), torch.randint(0, 6, (5,))
    head = HEADS[kind](4, 6, 30.0, margin + 0.05 * torch.rand(6), subcenters)
    ours = head(x, labels).detach().double()
    torch.testing.assert_close(ours, slow_logits(kind, head, x, labels), rtol=1e-4, atol=1e-3)


def test_the_linear_head_is_an_inner_product():
    x, head = torch.randn(5, 4), Linear(4, 6, 30.0, 0.3)
    logits = head(x, torch.zeros(5, dtype=torch.long)).tolist()
    slow = [
        [sum(a * b for a, b in zip(u, w, strict=True)) for w in head.weight.tolist()]
        for u in x.tolist()
    ]
    assert np.allclose(logits, slow, atol=1e-5)


@pytest.mark.parametrize("kind", EVERY)
def test_a_head_is_fp32_under_autocast(kind):
    head = HEADS[kind](4, 2, 30.0, 0.3)
    x, labels = torch.randn(3, 4).bfloat16(), torch.tensor([0, 1, 0])
    with torch.autocast("cpu", torch.bfloat16):
        inside = head(x, labels)
    assert inside.dtype == torch.float32
    assert inside.equal(head(x.float(), labels))


@pytest.mark.parametrize("subcenters", [1, 3])
def test_arcface_stays_finite_where_the_cosine_is_one(subcenters):
    head = ArcFace(4, 2, 30.0, 0.3, subcenters)
    x = head.weight.detach().view(-1, 4)[:1].clone().requires_grad_()
    functional.cross_entropy(head(x, torch.tensor([0])), torch.tensor([0])).backward()
    assert x.grad.isfinite().all()
    assert head.weight.grad.isfinite().all()


def test_only_the_nearest_center_learns():
    head = ArcFace(3, 2, 30.0, 0.3, subcenters=3)
    head.weight.data[1] = torch.eye(3)
    x = torch.tensor([[0.1, 0.9, 0.2]])
    functional.cross_entropy(head(x, torch.tensor([1])), torch.tensor([1])).backward()
    assert head.weight.grad[1].abs().sum(dim=1).gt(0).tolist() == [False, True, False]


@pytest.mark.parametrize("kind", EVERY)
def test_sample_classes_give_the_columns_of_all(kind):
    torch.manual_seed(0)
    x, labels = torch.randn(5, 4), torch.tensor([3, 8, 3, 1, 19])
    head = HEADS[kind](4, 20, 30.0, torch.rand(20) if kind != "linear" else 0.0)
    classes, targets = sample_classes(labels, 20, 0.3, 0, 0)
    torch.testing.assert_close(head(x, targets, classes), head(x, labels)[:, classes])


def test_the_names_of_the_heads():
    assert {
        "arcface": ArcFace,
        "cosface": CosFace,
        "amsoftmax": AMSoftmax,
        "circle": Circle,
        "linear": Linear,
    } == HEADS


def test_a_head_is_built_as_configured():
    counts, same = torch.tensor([1, 16]), MarginBySizeConfig()
    head = build_head(HeadConfig(kind="cosface", scale=64.0, subcenters=3), same, 4, counts)
    assert isinstance(head, CosFace)
    assert (head.weight.shape, head.scale) == ((2, 3, 4), 64.0)
    assert head.margin.item() == pytest.approx(0.3)
    by_size = MarginBySizeConfig(enabled=True)
    assert build_head(HeadConfig(), by_size, 4, counts).margin.tolist() == pytest.approx([0.5, 0.3])
