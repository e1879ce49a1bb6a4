"""Half precision on a CPU: the same convolutions, but fp32 gradients of depthwise ones."""

import pytest
import torch
from gld_train.optim.precision import autocast
from torch import nn

CPU = torch.device("cpu")
# stride, kernel, groups: three depthwise convolutions, and a grouped one that is unchanged
LAYERS = [(1, 3, 8), (2, 3, 8), (2, 5, 8), (1, 3, 2)]


def trained(layer, images, precision):
    """Return the layer's output, and the gradients of images, weight and bias."""
    images = images.clone().requires_grad_()
    layer.zero_grad()
    with autocast(precision, CPU):
        maps = layer(images)
    weights = torch.linspace(-1, 1, maps.numel()).view(maps.shape)
    (maps.float() * weights).sum().backward()
    return maps.detach(), images.grad, layer.weight.grad, layer.bias.grad


@pytest.mark.parametrize(("stride", "kernel", "groups"), LAYERS)
def test_gradients_are_those_of_fp32(stride, kernel, groups):
    torch.manual_seed(0)
    layer = nn.Conv2d(8, 8, kernel, stride, kernel // 2, groups=groups)
    images = torch.randn(2, 8, 11, 9)
    half = trained(layer, images, "bfloat16")
    assert half[0].dtype == torch.bfloat16
    for ours, exact in zip(half, trained(layer, images, "float32"), strict=True):
        torch.testing.assert_close(ours.float(), exact, rtol=0.02, atol=0.02 * exact.abs().max())


def test_the_forward_pass_is_that_of_autocast_alone():
    torch.manual_seed(0)
    layer, images = nn.Conv2d(8, 8, 3, padding=1, groups=8), torch.randn(2, 8, 11, 9)
    with torch.autocast("cpu", torch.bfloat16):
        expected = layer(images)
    assert torch.equal(trained(layer, images, "bfloat16")[0], expected)


def test_only_depthwise_convolutions_are_replaced():
    layers = nn.ModuleList(nn.Conv2d(8, 8, 3, groups=groups) for groups in (1, 2, 8))
    with autocast("bfloat16", CPU):
        names = [type(layer(torch.ones(1, 8, 5, 5)).grad_fn).__name__ for layer in layers]
    assert names[:2] == ["ConvolutionBackward0"] * 2
    assert names[2] != "ConvolutionBackward0"


def test_full_precision_is_unchanged():
    with autocast("float32", CPU):
        maps = nn.Conv2d(8, 8, 3, groups=8)(torch.ones(1, 8, 5, 5))
    assert maps.dtype == torch.float32
