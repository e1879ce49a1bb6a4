"""Surgery on timm's ResNets: shortcuts, and a last stage that keeps the map's size."""

from typing import Any

from torch import nn


def keep_last_stage_size(resnet: Any) -> None:
    """Set stride 1 in the last stage: a map of 1/16 of the image instead of 1/32, no new weights.

    Source: Sun et al., Beyond Part Models: Person Retrieval with Refined Part Pooling, 2018.
    """
    block = resnet.layer4[0]
    block.conv2.stride = (1, 1)
    block.downsample[0].stride = (1, 1)


def pool_shortcut(block: Any) -> None:
    """Average 2x2 pixels in a block's shortcut, whose strided convolution skips three of four.

    An odd size is rounded up, as in the block's own convolution.
    Source: ResNet-D of He et al., Bag of Tricks for Image Classification, 2018.
    """
    convolution, norm = block.downsample
    convolution.stride = (1, 1)
    pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)
    block.downsample = nn.Sequential(pool, convolution, norm)


def smooth_last_stage(resnest: Any) -> None:
    """Change timm's dilated last stage of a ResNeSt to that of its authors.

    The authors average 3x3 pixels in the first block of the stage for any stride, and not in its
    shortcut when the stride is 1. Neither layer has weights.
    Source: Zhang et al., ResNeSt: Split-Attention Networks, 2020.
    """
    block = resnest.layer4[0]
    block.avd_last = nn.AvgPool2d(3, stride=1, padding=1)
    block.downsample[0] = nn.Identity()
