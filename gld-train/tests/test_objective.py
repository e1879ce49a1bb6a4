"""The loss against values that the reference recipe's code computed, and slow loops."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_train.losses import ArcFace, HeadConfig
from gld_train.losses.objective import Objective, class_weights
from gld_train.losses.triplet import TripletConfig, batch_hard_triplet
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

GOLDEN = np.load(Path(__file__).parent / "fixtures" / "golden.npz", allow_pickle=False)


class Fixed(nn.Module):
    """A head that returns the given logits."""

    classes = 17

    def forward(self, embeddings, targets, classes=None):
        return embeddings


def objective(config, counts, head=None, triplet=None):
    torch.manual_seed(0)
    head = head or ArcFace(4, len(counts), 30.0, 0.3, config.subcenters)
    return Objective(head, config, triplet or TripletConfig(), torch.tensor(counts), seed=0)


def test_label_smoothing_equals_the_recipes():
    smooth = objective(HeadConfig(label_smoothing=0.1), [1] * 17, Fixed())
    loss, _ = smooth(torch.tensor(GOLDEN["ls_logits"]), torch.tensor(GOLDEN["y"]), 0)
    assert loss.item() == pytest.approx(float(GOLDEN["ls_ce_0.1"]), rel=1e-5)


def test_the_triplet_loss_equals_the_recipes():
    x, labels = torch.tensor(GOLDEN["x"]), torch.tensor(GOLDEN["triplet_y"])
    for margin, name in ((0.3, "triplet_m0.3"), (None, "triplet_mNone")):
        loss = batch_hard_triplet(x, labels, margin)
        assert loss.item() == pytest.approx(float(GOLDEN[name]), rel=1e-5)


def slow_triplet(x, labels, margin):
    unit = functional.normalize(x.double())
    losses = []
    for anchor, label in zip(unit, labels, strict=True):
        distances = [float((anchor - other).norm()) for other in unit]
        near = [d for d, other in zip(distances, labels, strict=True) if other != label]
        far = max(d for d, other in zip(distances, labels, strict=True) if other == label)
        if not near:
            losses.append(0.0)
        elif margin is None:
            losses.append(math.log1p(math.exp(far - min(near))))
        else:
            losses.append(max(0.0, far - min(near) + margin))
    return sum(losses) / len(losses)


@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=9),
    seed=st.integers(0, 1000),
    margin=st.none() | st.floats(0, 1),
)
def test_the_triplet_loss_equals_a_loop_over_anchors(labels, seed, margin):
    torch.manual_seed(seed)
    x = torch.randn(len(labels), 4, requires_grad=True)
    loss = batch_hard_triplet(x, torch.tensor(labels), margin)
    loss.backward()
    assert loss.item() == pytest.approx(slow_triplet(x.detach(), labels, margin), abs=1e-4)
    assert x.grad.isfinite().all()


def test_frequent_landmarks_weigh_less_and_the_mean_image_as_before():
    counts = torch.tensor([1, 0, 100, 10])
    weights = class_weights(counts)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1, abs=1e-6)
    assert weights[0] / weights[2] == pytest.approx(math.log(101) / math.log(2), rel=1e-6)


def test_a_weighted_loss_equals_a_loop_over_samples():
    counts = [5, 1, 40]
    config = HeadConfig(class_weights="log", label_smoothing=0.2)
    weighted = objective(config, counts)
    x, labels = torch.randn(6, 4), torch.tensor([0, 1, 2, 2, 2, 0])
    loss, accuracy = weighted(x, labels, 0)
    logits = weighted.head(x, labels).detach().double()
    weights = class_weights(torch.tensor(counts))
    total, right = 0.0, 0
    for row, label in zip(logits, labels.tolist(), strict=True):
        wanted = [0.2 / 3 + 0.8 * (number == label) for number in range(3)]
        log_sum = math.log(sum(math.exp(logit) for logit in row))
        entropy = -sum(q * (float(z) - log_sum) for q, z in zip(wanted, row, strict=True))
        total += float(weights[label]) * entropy
        right += int(row.argmax()) == label
    assert loss.item() == pytest.approx(total / 6, rel=1e-5)
    assert accuracy.item() == pytest.approx(right / 6)


def test_the_triplet_loss_is_added_with_its_weight():
    x, labels = torch.randn(6, 4), torch.tensor([0, 0, 1, 1, 2, 2])
    plain, _ = objective(HeadConfig(), [2, 2, 2])(x, labels, 0)
    soft = TripletConfig(weight=2.0, soft=True)
    both, _ = objective(HeadConfig(), [2, 2, 2], triplet=soft)(x, labels, 0)
    extra = 2 * batch_hard_triplet(x, labels, None)
    assert both.item() == pytest.approx((plain + extra).item(), rel=1e-6)


def test_negatives_lower_the_loss_and_leave_the_others_vectors_alone():
    x, labels = torch.randn(4, 4), torch.tensor([0, 1, 2, 3])
    whole, _ = objective(HeadConfig(), [1] * 200)(x, labels, 0)
    sampled = objective(HeadConfig(negatives=0.1), [1] * 200)
    loss, _ = sampled(x, labels, 0)
    loss.backward()
    learning = sampled.head.weight.grad.abs().sum(dim=1).gt(0)
    assert loss < whole
    assert learning[:4].all()
    assert 5 < learning.sum() < 45
    assert sampled(x, labels, 0)[0].equal(loss)
    assert not sampled(x, labels, 1)[0].equal(loss)
