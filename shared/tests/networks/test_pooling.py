"""Pooling against the reference values and against the formulas."""

from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.networks.neck import Neck
from gld_shared.networks.pooling import GeM, build_pooling


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).parents[1] / "fixtures" / "recipe" / "gem.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("case", ["a", "relu", "zeros", "one"])
def test_gem_equals_the_reference(golden: dict[str, np.ndarray], case: str) -> None:
    features = torch.from_numpy(golden[f"x_{case}"])
    expected = torch.from_numpy(golden[f"y_{case}"]).flatten(1)
    torch.testing.assert_close(GeM()(features.flatten(2)), expected)
    if case == "relu":
        expected = torch.from_numpy(golden["y_relu_p2.5"]).flatten(1)
        torch.testing.assert_close(GeM(2.5)(features.flatten(2)), expected)
        expected = torch.from_numpy(golden["y_relu_f16in"]).flatten(1)
        torch.testing.assert_close(GeM()(features.half().flatten(2)), expected, rtol=2e-3, atol=0)


def test_gem_by_hand_and_learned() -> None:
    features = torch.tensor([[[1.0, 2.0, -5.0]]])
    assert GeM()(features).item() == pytest.approx((9 / 3) ** (1 / 3))
    learned = GeM(learned=True)
    learned(features).sum().backward()
    assert isinstance(learned.p, torch.nn.Parameter)
    assert learned.p.grad is not None
    assert not list(GeM().parameters())


@pytest.mark.parametrize("pooling", ["gem", "gem_learned", "avg", "max"])
def test_pooling_is_fp32_under_autocast(pooling: str) -> None:
    features = torch.rand(2, 3, 5).to(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        pooled = build_pooling(pooling, 3.0)(features)
        embedded = Neck("linear_bn", 3, 4)(pooled)
    assert pooled.dtype == embedded.dtype == torch.float32
