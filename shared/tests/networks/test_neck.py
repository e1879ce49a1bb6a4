"""The neck against its formulas."""

import torch
from gld_shared.networks.neck import Neck


def test_neck() -> None:
    neck = Neck("linear_bn", 6, 4)
    assert list(neck.state_dict())[:3] == ["linear.weight", "bn.weight", "bn.bias"]
    trained = [name for name, value in neck.named_parameters() if value.requires_grad]
    assert trained == ["linear.weight", "bn.weight"]
    pooled = torch.randn(8, 6)
    product = pooled @ neck.linear.weight.T
    expected = (product - product.mean(0)) / (product.var(0, unbiased=False) + 1e-5).sqrt()
    torch.testing.assert_close(neck(pooled), expected)
    assert Neck("bn", 6, 4).dimension == Neck("none", 6, 4).dimension == 6
    torch.testing.assert_close(Neck("none", 6, 4)(pooled), pooled)


def test_whitening_normalises_vectors_first() -> None:
    neck = Neck("linear_bn", 6, 4, whiten=2).eval()
    assert neck.dimension == 2
    assert list(neck.state_dict())[-2:] == ["whiten.weight", "whiten.bias"]
    embedding = neck.bn(neck.linear(pooled := torch.randn(8, 6)))
    unit = torch.nn.functional.normalize(embedding)
    torch.testing.assert_close(neck(pooled), unit @ neck.whiten.weight.T + neck.whiten.bias)
    torch.testing.assert_close(neck(3 * pooled), neck(pooled))
    assert neck(torch.zeros(1, 6)).isnan().all(), "a zero vector is not given the bias"
