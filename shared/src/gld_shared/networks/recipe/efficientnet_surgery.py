"""Surgery on timm's EfficientNets: padding fixed by the nominal image size, and a larger map."""

from typing import Any

import torch
from timm.layers.conv2d_same import Conv2dSame
from torch import nn
from torch.nn import functional


class FixedPaddingConv2d(nn.Conv2d):
    """A convolution with one padding for all images; if odd, it is larger below and right."""

    def __init__(self, convolution: nn.Conv2d, padding: int) -> None:
        """Take a convolution's weight and shape; ``padding`` is the sum of both sides."""
        kernel, stride = convolution.kernel_size[0], convolution.stride[0]
        channels = convolution.in_channels, convolution.out_channels
        groups = convolution.groups
        super().__init__(*channels, kernel, stride, padding // 2, groups=groups, bias=False)
        self.weight = convolution.weight
        self.extra = padding % 2

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Convolve ``(b, c, h, w)``."""
        return super().forward(functional.pad(features, (0, self.extra, 0, self.extra)))


def fix_padding(efficientnet: Any, size: int) -> None:
    """Give each strided convolution the padding for an image of ``size`` pixels, for any image.

    TensorFlow's "same" padding depends on the image. The PyTorch port of the published weights
    computes it once, from the nominal size, and so does everyone who fine-tunes with it.
    Source: Tan and Le, EfficientNet: Rethinking Model Scaling, 2019.
    """
    for name, module in list(efficientnet.named_modules()):
        if isinstance(module, Conv2dSame):
            kernel, stride = module.kernel_size[0], module.stride[0]
            after = -(-size // stride)
            padding = max((after - 1) * stride + kernel - size, 0)
            efficientnet.set_submodule(name, FixedPaddingConv2d(module, padding))
            size = after


def keep_sixth_stage_size(efficientnet: Any) -> None:
    """Set stride 1 in the last stage of stride 2: a map of 1/16 of the image, no new weights."""
    efficientnet.blocks[5][0].conv_dw.stride = (1, 1)
